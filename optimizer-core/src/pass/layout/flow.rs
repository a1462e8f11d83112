//! Minimum cuts of large networks, by pushing flow over labelled nodes.
//!
//! What could flow is pushed from the sink backwards, from node to node towards the source; a node's label is a lower
//! bound of its distance. In a long chain all flow moves at once, and on rather than back where it came from, so the
//! time is nearly linear in practice.
//!
//! Invariant: of all minimum cuts the one with the fewest nodes on the side of the source is found.

/// Directed edges between nodes `0..nodes`.
#[derive(Default)]
pub(super) struct Network {
    nodes: usize,
    /// Each edge against its direction, then its opposite, which has no room yet.
    arcs: Vec<Arc>,
}

#[derive(Clone, Copy)]
struct Arc {
    from: u32,
    to: u32,
    room: u128,
}

impl Network {
    pub(super) fn add_node(&mut self) -> u32 {
        self.nodes += 1;
        self.nodes as u32 - 1
    }

    pub(super) fn add_edge(&mut self, from: u32, to: u32, capacity: u128) {
        self.arcs.push(Arc { from: to, to: from, room: capacity });
        self.arcs.push(Arc { from, to, room: 0 });
    }

    /// Whether each node is on the side of the source.
    pub(super) fn cut(self, source: u32, sink: u32) -> Vec<bool> {
        let mut flow = Flow::new(self, source, sink);
        flow.measure();
        flow.start();
        while let Some(node) = flow.highest() {
            flow.discharge(node);
            if flow.work > flow.arcs.len() {
                flow.measure();
            }
        }
        flow.measure();
        flow.labels.iter().map(|&label| label < flow.unreachable()).collect()
    }
}

/// A flow in the making, from the sink of the network to its source.
struct Flow {
    arcs: Vec<Arc>,
    /// The arcs by the node they leave, and where those of each node begin.
    leaving: Vec<u32>,
    starts: Vec<u32>,
    /// Where each arc stands in `leaving`.
    places: Vec<u32>,
    from: u32,
    to: u32,
    labels: Vec<u32>,
    excess: Vec<u128>,
    /// For each node the next arc to try, and how many there are to try before its label rises.
    next: Vec<u32>,
    left: Vec<u32>,
    /// For each node the arc after the one that the last excess came by: the first to try under a new label.
    onward: Vec<u32>,
    /// The nodes of each label, and those that were there once.
    levels: Vec<Vec<u32>>,
    counts: Vec<u32>,
    /// Nodes with excess, by label; some may have another label by now.
    active: Vec<Vec<u32>>,
    top: usize,
    /// Arcs tried in vain since labels were measured.
    work: usize,
}

impl Flow {
    fn new(network: Network, source: u32, sink: u32) -> Flow {
        let Network { nodes, arcs } = network;
        let mut starts = vec![0; nodes + 1];
        arcs.iter().for_each(|arc| starts[arc.from as usize + 1] += 1);
        (0..nodes).for_each(|node| starts[node + 1] += starts[node]);
        let (mut ends, mut leaving) = (starts.clone(), vec![0; arcs.len()]);
        for (number, arc) in arcs.iter().enumerate() {
            let end = &mut ends[arc.from as usize];
            leaving[*end as usize] = number as u32;
            *end += 1;
        }
        let (next, onward) = (starts[..nodes].to_vec(), starts[..nodes].to_vec());
        let mut places = vec![0; arcs.len()];
        leaving.iter().enumerate().for_each(|(place, &arc)| places[arc as usize] = place as u32);
        Flow {
            arcs,
            leaving,
            starts,
            from: sink,
            to: source,
            labels: vec![0; nodes],
            excess: vec![0; nodes],
            next,
            left: vec![0; nodes],
            onward,
            places,
            levels: vec![Vec::new(); nodes + 1],
            counts: vec![0; nodes + 1],
            active: vec![Vec::new(); nodes + 1],
            top: 0,
            work: 0,
        }
    }

    /// The label of nodes from which nothing can flow on.
    fn unreachable(&self) -> u32 {
        self.labels.len() as u32
    }

    fn leaving(&self, node: u32) -> &[u32] {
        &self.leaving[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// Labels every node with its distance.
    fn measure(&mut self) {
        let unreachable = self.unreachable();
        self.labels.fill(unreachable);
        self.levels.iter_mut().chain(&mut self.active).for_each(Vec::clear);
        self.counts.fill(0);
        (self.top, self.work) = (0, 0);
        let mut edge = vec![self.to];
        self.labels[self.to as usize] = 0;
        for distance in 1.. {
            let mut further = Vec::new();
            for &node in &edge {
                for place in self.starts[node as usize]..self.starts[node as usize + 1] {
                    let arc = self.leaving[place as usize] as usize;
                    let Arc { to, .. } = self.arcs[arc];
                    let free = self.arcs[arc ^ 1].room > 0 && to != self.from;
                    if free && self.labels[to as usize] == unreachable {
                        further.push(to);
                        self.labels[to as usize] = distance;
                    }
                }
            }
            if further.is_empty() {
                break;
            }
            further.iter().for_each(|&node| self.enter(node, distance));
            edge = further;
        }
        (0..self.labels.len()).for_each(|node| self.begin(node));
    }

    /// Has all arcs of a node before it, the one that leads back last.
    fn begin(&mut self, node: usize) {
        self.next[node] = self.onward[node];
        self.left[node] = self.starts[node + 1] - self.starts[node];
    }

    /// The arc after one that leaves a node; the last is followed by the first.
    fn after(&self, node: usize, place: u32) -> u32 {
        if place + 1 == self.starts[node + 1] { self.starts[node] } else { place + 1 }
    }

    /// Notes a node under its label.
    fn enter(&mut self, node: u32, label: u32) {
        self.labels[node as usize] = label;
        self.counts[label as usize] += 1;
        self.levels[label as usize].push(node);
        if self.excess[node as usize] > 0 {
            self.activate(node);
        }
    }

    fn activate(&mut self, node: u32) {
        let label = self.labels[node as usize];
        if node != self.from && node != self.to && label < self.unreachable() {
            self.active[label as usize].push(node);
            self.top = self.top.max(label as usize);
        }
    }

    /// Sends as much as the arcs from the sink have room for.
    fn start(&mut self) {
        for arc in self.leaving(self.from).to_vec() {
            self.push(arc, self.arcs[arc as usize].room);
        }
    }

    fn push(&mut self, arc: u32, amount: u128) {
        let Arc { from, to, .. } = self.arcs[arc as usize];
        let idle = self.excess[to as usize] == 0;
        self.arcs[arc as usize].room -= amount;
        self.arcs[arc as usize ^ 1].room += amount;
        self.excess[from as usize] = self.excess[from as usize].saturating_sub(amount);
        self.excess[to as usize] = self.excess[to as usize].saturating_add(amount);
        if idle && amount > 0 {
            self.onward[to as usize] = self.after(to as usize, self.places[arc as usize ^ 1]);
            self.activate(to);
        }
    }

    /// A node with excess of the highest label there is.
    fn highest(&mut self) -> Option<u32> {
        loop {
            while let Some(node) = self.active[self.top].pop() {
                if self.labels[node as usize] as usize == self.top && self.excess[node as usize] > 0 {
                    return Some(node);
                }
            }
            self.top = self.top.checked_sub(1)?;
        }
    }

    /// Pushes a node's excess on, raising the node as far as that takes.
    fn discharge(&mut self, node: u32) {
        let at = node as usize;
        while self.excess[at] > 0 && self.labels[at] < self.unreachable() {
            if self.left[at] == 0 {
                self.raise(node);
                continue;
            }
            let arc = self.leaving[self.next[at] as usize];
            let Arc { to, room, .. } = self.arcs[arc as usize];
            if room > 0 && self.labels[at] == self.labels[to as usize] + 1 {
                self.push(arc, room.min(self.excess[at]));
            } else {
                self.next[at] = self.after(at, self.next[at]);
                self.left[at] -= 1;
                self.work += 1;
            }
        }
    }

    /// Gives a node the least label from which something flows on. Where no node is left at the old one, nothing above it
    /// can flow on.
    fn raise(&mut self, node: u32) {
        let old = self.labels[node as usize];
        let free = self.leaving(node).iter().map(|&arc| self.arcs[arc as usize]).filter(|arc| arc.room > 0);
        let least = free.map(|arc| self.labels[arc.to as usize] + 1).min();
        let label = least.unwrap_or(self.unreachable()).min(self.unreachable());
        self.work += self.leaving(node).len();
        self.begin(node as usize);
        self.counts[old as usize] -= 1;
        self.labels[node as usize] = label;
        if self.counts[old as usize] == 0 {
            self.labels[node as usize] = self.unreachable();
            self.give_up_above(old);
        } else if label < self.unreachable() {
            self.counts[label as usize] += 1;
            self.levels[label as usize].push(node);
        }
    }

    fn give_up_above(&mut self, label: u32) {
        for level in label + 1..self.unreachable() {
            let nodes = std::mem::take(&mut self.levels[level as usize]);
            if nodes.is_empty() {
                break;
            }
            for node in nodes {
                if self.labels[node as usize] == level {
                    self.labels[node as usize] = self.unreachable();
                }
            }
            self.counts[level as usize] = 0;
        }
    }
}
