use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::rc::Rc;

use crate::model::world::{Rules, World};

/// A way to a world in which an invariant does not hold; no way is shorter.
#[derive(Debug)]
pub struct Violation {
    pub invariant: &'static str,
    pub steps: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "violated: {}", self.invariant)?;
        self.steps
            .iter()
            .try_for_each(|step| writeln!(f, "  {step}"))
    }
}

/// Visits every world that can be reached from `start`; returns how many there are.
pub fn explore(start: World, rules: Rules) -> Result<usize, Violation> {
    type Origin = Option<(Rc<World>, String)>;
    let start = Rc::new(start);
    let mut origins: HashMap<Rc<World>, Origin> = HashMap::from([(Rc::clone(&start), None)]);
    let mut queue = VecDeque::from([start]);
    while let Some(world) = queue.pop_front() {
        if let Err(invariant) = world.check() {
            let mut steps = Vec::new();
            let mut at = &world;
            while let Some(Some((before, step))) = origins.get(at) {
                steps.push(step.clone());
                at = before;
            }
            steps.reverse();
            return Err(Violation { invariant, steps });
        }
        for (step, next) in world.steps(rules) {
            let next = Rc::new(next);
            if !origins.contains_key(&next) {
                origins.insert(Rc::clone(&next), Some((Rc::clone(&world), step)));
                queue.push_back(next);
            }
        }
    }
    Ok(origins.len())
}
