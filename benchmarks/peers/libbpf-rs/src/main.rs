// SPDX-License-Identifier: MIT
//! ringbuf-drain OBJECT PROGRAM SAMPLES one|all: reads a full ring by RingBuffer::consume, one field of each record or all.

use std::cell::Cell;
use std::env::args;
use std::error::Error;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

use libbpf_rs::{MapCore, ObjectBuilder, RingBufferBuilder};

/// Turns before the first that is told, as for the other peers.
const WARM_UP: i32 = 5;

/// Runs the program `repeat` times and returns what the last run returned.
fn run(program: i32, repeat: i32) -> Result<u32, Box<dyn Error>> {
    let packet = [0u8; 64];
    // SAFETY: the structure is plain data for which 0 means "not given", and the packet outlives the call.
    let mut options: libbpf_sys::bpf_test_run_opts = unsafe { zeroed() };
    options.sz = size_of::<libbpf_sys::bpf_test_run_opts>() as _;
    options.data_in = packet.as_ptr().cast();
    options.data_size_in = packet.len() as _;
    options.repeat = repeat;
    match unsafe { libbpf_sys::bpf_prog_test_run_opts(program, &mut options) } {
        0 => Ok(options.retval),
        error => Err(std::io::Error::from_raw_os_error(-error).into()),
    }
}

fn field(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(data[at..at + 4].try_into().unwrap())
}

fn port(data: &[u8], at: usize) -> u32 {
    u16::from_le_bytes(data[at..at + 2].try_into().unwrap()).into()
}

fn main() -> Result<(), Box<dyn Error>> {
    let [_, name, path, program, samples, fields] = &args().collect::<Vec<_>>()[..] else {
        return Err("ringbuf-drain OBJECT PROGRAM SAMPLES one|all".into());
    };
    if name != "ringbuf-drain" {
        return Err(format!("no benchmark is called {name}").into());
    }
    let mut open = ObjectBuilder::default().open_file(path)?;
    for mut each in open.progs_mut() {
        let wanted = each.name() == program.as_str();
        each.set_autoload(wanted);
    }
    let object = open.load()?;
    let program = object
        .progs()
        .find(|each| each.name() == program.as_str())
        .ok_or("no such program")?;
    let records = object
        .maps()
        .find(|map| map.name() == "records")
        .ok_or("no ring")?;

    let (count, sum) = (Cell::new(0u64), Cell::new(0u32));
    let use_record = |data: &[u8], made: u32| {
        count.set(count.get() + 1);
        sum.set(sum.get() ^ field(data, 0) ^ made);
        0
    };
    let mut builder = RingBufferBuilder::new();
    if fields == "all" {
        builder.add(&records, |data| {
            let words = (4..24).step_by(4).fold(0, |all, at| all ^ field(data, at));
            use_record(data, words ^ port(data, 24) ^ port(data, 26))
        })?;
    } else {
        builder.add(&records, |data| use_record(data, 0))?;
    }
    let ring = builder.build()?;

    let mut times = Vec::new();
    for turn in -WARM_UP..samples.parse()? {
        while run(program.as_fd().as_raw_fd(), 20000)? == 0 {}
        count.set(0);
        let start = Instant::now();
        ring.consume()?;
        let elapsed = start.elapsed();
        if count.get() == 0 {
            return Err("no records".into());
        }
        if turn >= 0 {
            times.push(format!(
                "{:.3}",
                elapsed.as_nanos() as f64 / count.get() as f64
            ));
        }
    }
    eprintln!("{}", sum.get());
    println!("{{\"time\":[{}]}}", times.join(","));
    Ok(())
}
