#!/usr/bin/env python3
"""Open reports in Chromium and use them as a reader does.

usage: report.py CIRCLE_OPT MODEL... [--pictures FOLDER]
needs: chromium and chromium-driver (Debian), pip install selenium circle-schema flatbuffers numpy

For each model, for one with hostile names and for one of 10,000 operators: the page opens without an error on the
console, the search finds an operator, a click opens its picture, two clicks lead from the top to the line of a pattern,
and nothing is fetched. With --pictures the screenshots are kept.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "models"))
from make import Graph

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--window-size=1500,1000",
         "--disable-dev-shm-usage", "--allow-file-access-from-files"]


def blocks(count, name):
    """Dense layers with a scale behind each, which a rule folds, and a sum that stays."""
    graph = Graph(1)
    x = graph.input(f"{name}x", [1, 8])
    scale = graph.constant("scale", np.full([8], 0.5, np.float32))
    for i in range(count):
        dense = graph.dense(f"{name}dense{i}", x, graph.weight(f"{name}weight{i}", 8, 8))
        scaled = graph.elementwise("MUL", f"{name}scaled{i}", dense, scale)
        turned = graph.neg(f"{name}turned{i}", scaled)
        x = graph.elementwise("ADD", f"{name}sum{i}", x, turned)
    graph.output(x)
    return graph


def browser(folder):
    options = webdriver.ChromeOptions()
    for flag in FLAGS + [f"--user-data-dir={folder}/profile"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.binary_location = "/usr/bin/chromium"
    service = webdriver.ChromeService(executable_path="/usr/bin/chromedriver")
    return webdriver.Chrome(options=options, service=service)


class Reader:
    def __init__(self, driver, pictures):
        self.driver, self.pictures = driver, pictures

    def find(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, selector):
        WebDriverWait(self.driver, 30).until(lambda _: any(e.is_displayed() for e in self.find(selector)), selector)
        return next(e for e in self.find(selector) if e.is_displayed())

    def keep(self, name):
        if self.pictures:
            self.driver.save_screenshot(str(self.pictures / f"{name}.png"))

    def search(self, text):
        box = self.find("#search")[0]
        box.clear()
        box.send_keys(text)

    def quiet(self):
        """No error on the console, and nothing asked for but the page."""
        for entry in self.driver.get_log("browser"):
            assert entry["level"] not in ("SEVERE", "WARNING"), entry
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                assert not url.startswith(("http", "ws")), url


def read(reader, page, operator):
    driver = reader.driver
    begin = time.monotonic()
    driver.get(page.as_uri())
    reader.wait("#operators tr.row, #operators .none")
    opened = time.monotonic() - begin
    reader.keep(f"{page.stem}-top")
    assert len(reader.find("#summary .card")) == 5
    assert len(reader.find("#operators tr.row")) <= 15, "the list is not collapsed"
    # From the top to the line of a pattern: the rule, and there it is.
    if rules := reader.find("#rules td.place a"):
        place = rules[0].text
        driver.execute_script("arguments[0].click()", rules[0])
        source = reader.wait("#detail pre.source").text
        line = place.rsplit(":", 1)[1]
        assert any(row.startswith(line) for row in source.splitlines()), (place, source)
        assert place in reader.find("#detail")[0].text
    # A rewrite and its picture.
    if rewrites := reader.find("#rewrites tr.row"):
        driver.execute_script("arguments[0].click()", rewrites[0])
        reader.wait("#detail .drawing.before .op")
        assert reader.find("#detail .drawing.after"), "no picture of what came"
        assert reader.find("#detail pre.source")
        names = [e.get_attribute("textContent") for e in reader.find("#detail .drawing text.name")]
        assert names and all(names), names
        reader.keep(f"{page.stem}-rewrite")
    # A near miss: what refused it, and where in the pattern.
    if misses := reader.find("#misses tr.row"):
        driver.execute_script("arguments[0].click()", misses[0])
        marked = reader.wait("#detail pre.source b").text
        assert marked, "no line of the pattern is marked"
        assert "refused" in reader.find("#detail dl")[0].text
    # The search and the operator's picture.
    reader.search(operator)
    rows = reader.find("#operators tr.row")
    assert rows, f"the search does not find {operator}"
    assert any(operator.lower() in row.get_attribute("textContent").lower() for row in rows)
    driver.execute_script("arguments[0].click()", rows[0])
    reader.wait("#detail .picture svg .here")
    reader.keep(f"{page.stem}-operator")
    # A box of the picture leads to its operator.
    boxes = reader.find("#detail .picture [data-op]")
    driver.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", boxes[-1])
    reader.wait("#detail h2")
    reader.search("no operator has this name")
    assert not reader.find("#operators tr.row") and reader.find("#operators .none")
    reader.quiet()
    print(f"{page.stem}: opens in {opened:.1f} s, {page.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        models = list(args.models)
        for name, count, prefix in [("hostile", 3, HOSTILE), ("large", 2500, "layer/")]:
            models.append(folder / f"{name}.circle")
            models[-1].write_bytes(blocks(count, prefix).finish())
        driver = browser(folder)
        try:
            reader = Reader(driver, args.pictures)
            for model in models:
                page = folder / f"{model.stem}.html"
                run = [args.binary, "optimize", "--quiet", str(model), "-o", str(folder / "out"), "--report", str(page)]
                subprocess.run(run, check=True)
                told = subprocess.run([args.binary, "inspect", "--json", str(folder / "out")], capture_output=True, check=True)
                last = json.loads(told.stdout)["graphs"][0]["operators"][-1]["results"][0]["name"]
                read(reader, page, last)
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
