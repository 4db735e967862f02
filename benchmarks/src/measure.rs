//! Measures one subject: time, CPU time of the process, allocations, instructions.

use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Something to measure: `work(n)` does it n times.
pub struct Subject {
    pub name: &'static str,
    work: Box<dyn FnMut(usize)>,
}

impl Subject {
    pub fn new(name: &'static str, work: impl FnMut(usize) + 'static) -> Self {
        Self {
            name,
            work: Box::new(work),
        }
    }

    pub fn repeat(&mut self, times: usize) {
        (self.work)(times);
    }

    /// How often it can be done in `time`, at least `least` times.
    pub fn repetitions(&mut self, time: Duration, least: usize) -> usize {
        let mut times = least;
        loop {
            let start = Instant::now();
            self.repeat(times);
            let taken = start.elapsed();
            if taken * 4 >= time || times >= 1 << 24 {
                let fits = times as f64 * time.as_secs_f64() / taken.as_secs_f64();
                return (fits as usize).max(least);
            }
            times *= 4;
        }
    }

    pub fn cost(&mut self, times: usize) -> Cost {
        let (start, cpu) = (Instant::now(), cpu_time());
        self.repeat(times);
        let (cpu, time) = (cpu_time() - cpu, start.elapsed());
        Cost {
            seconds: time.as_secs_f64() / times as f64,
            cpu_seconds: cpu.as_secs_f64() / times as f64,
        }
    }

    /// Allocations of one repetition, on this thread.
    pub fn allocations(&mut self, times: usize) -> f64 {
        let counted = allocation_counter::measure(|| self.repeat(times));
        counted.count_total as f64 / times as f64
    }
}

/// Of one repetition.
pub struct Cost {
    pub seconds: f64,
    pub cpu_seconds: f64,
}

/// The CPU time of all threads of this process. Servers run in processes of their own, and one subject at a time, so
/// that this is what the subject costs, its background threads included.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Whether instructions can be counted.
pub fn has_valgrind() -> bool {
    let mut version = Command::new("valgrind");
    let version = version.arg("--version").stdout(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// Instructions of one repetition: those of 2 * `times` minus those of `times`, each in a process of its own under
/// valgrind, divided by `times`. Without those of the kernel.
pub fn instructions(topic: &str, table: &str, subject: &str, times: usize) -> io::Result<f64> {
    let counted = |times: usize| -> io::Result<f64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe()?)
            .args(["count", topic, table, subject, &times.to_string()])
            .stdin(Stdio::null())
            .output()?;
        let report = String::from_utf8_lossy(&output.stderr);
        let line = report
            .lines()
            .find_map(|line| line.split_once("Collected :"));
        let count = line.and_then(|(_, count)| count.trim().parse().ok());
        count.ok_or_else(|| io::Error::other(format!("valgrind reports no count:\n{report}")))
    };
    Ok((counted(2 * times)? - counted(times)?) / times as f64)
}
