use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, available_parallelism};

/// Does the same work on many items, on all cores, and returns the results in the order of the items.
///
/// Memory is bounded: an item is accepted when the result of an earlier one was returned. The first item is worked on
/// where it is given, so that little work starts no thread.
pub struct InOrder<T, R> {
    work: Arc<dyn Fn(T) -> R + Send + Sync>,
    workers: Option<Workers<T, R>>,
    is_begun: bool,
}

struct Workers<T, R> {
    items: SyncSender<(T, SyncSender<R>)>,
    /// Where the results of the items come from that are being worked on.
    results: VecDeque<Receiver<R>>,
    most: usize,
}

impl<T: Send + 'static, R: Send + 'static> InOrder<T, R> {
    pub fn new(work: impl Fn(T) -> R + Send + Sync + 'static) -> Self {
        Self {
            work: Arc::new(work),
            workers: None,
            is_begun: false,
        }
    }

    /// Gives an item, and returns the next result if it is its turn.
    pub fn give(&mut self, item: T) -> Option<R> {
        if !std::mem::replace(&mut self.is_begun, true) {
            return Some((self.work)(item));
        }
        let workers = self
            .workers
            .get_or_insert_with(|| Workers::start(&self.work));
        let (result, receiver) = sync_channel(1);
        workers
            .items
            .send((item, result))
            .expect("workers live as long as they are given items");
        workers.results.push_back(receiver);
        if workers.results.len() < workers.most {
            return None;
        }
        self.wait()
    }

    /// Returns the next result of the items that were given.
    pub fn wait(&mut self) -> Option<R> {
        let next = self.workers.as_mut()?.results.pop_front()?;
        Some(next.recv().expect("the work does not panic"))
    }
}

impl<T: Send + 'static, R: Send + 'static> Workers<T, R> {
    fn start(work: &Arc<dyn Fn(T) -> R + Send + Sync>) -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let most = 2 * cores;
        let (items, given) = sync_channel::<(T, SyncSender<R>)>(most);
        let given = Arc::new(Mutex::new(given));
        for _ in 0..cores {
            let (work, given) = (Arc::clone(work), Arc::clone(&given));
            thread::spawn(move || {
                loop {
                    let next = given.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((item, result)) = next else { break };
                    let _ = result.send(work(item));
                }
            });
        }
        Self {
            items,
            results: VecDeque::new(),
            most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for items in [0, 1, 2, 1000] {
            // Some take much longer than others.
            let mut squares = InOrder::new(|n: u64| {
                let rounds = if n.is_multiple_of(7) { 10_000 } else { 1 };
                (0..rounds).fold(0, |_, _| std::hint::black_box(n * n))
            });
            let mut results = Vec::new();
            for n in 0..items {
                results.extend(squares.give(n));
                let most = 2 * available_parallelism().map_or(1, NonZero::get);
                assert!((n + 1) as usize - results.len() < most);
            }
            results.extend(std::iter::from_fn(|| squares.wait()));
            assert_eq!(results, (0..items).map(|n| n * n).collect::<Vec<_>>());
        }
    }
}
