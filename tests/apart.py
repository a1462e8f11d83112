"""What the scripts that ask LiteRT share: numbers of dtypes in a circle file, and a process for each question."""
import os
import pickle
import traceback

DTYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "complex64": 8, "int8": 9,
          "float64": 10, "uint64": 12, "uint32": 15, "uint16": 16}


def run_apart(work, errors=(RuntimeError, ValueError)):
    """What `work` gives, or the text of one of `errors`; in a process of its own, as LiteRT stops it on some models."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(receive)
            try:
                answer = work()
            except errors as error:
                answer = str(error).strip() or type(error).__name__
            with os.fdopen(send, "wb") as pipe:
                pickle.dump(answer, pipe)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        content = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(content) if content else "it stops the process"
