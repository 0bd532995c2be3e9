// SPDX-License-Identifier: MIT
//! An echo server of std::thread: a reader and a writer for each connection
//! with a bounded channel between them, a count kept under a Mutex and a
//! Condvar, and a thread_local whose destructor must run.
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// Connections that are open now; at most `LIMIT`, `accept` waits for room.
type Open = Arc<(Mutex<usize>, Condvar)>;
const LIMIT: usize = 2000;

struct Guard(Open);

impl Drop for Guard {
    fn drop(&mut self) {
        let (count, room) = &*self.0;
        *count.lock().unwrap() -= 1;
        room.notify_one();
    }
}

thread_local! {
    // Dropped at the thread's end, by a TLS destructor.
    static GUARD: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

fn serve(mut from: TcpStream) -> std::io::Result<()> {
    let mut to = from.try_clone()?;
    let (tx, rx) = sync_channel::<Vec<u8>>(4);
    let writer = thread::spawn(move || {
        for block in rx {
            if to.write_all(&block).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buf = [0u8; 16384];
    loop {
        let n = from.read(&mut buf)?;
        if n == 0 || tx.send(buf[..n].to_vec()).is_err() {
            break;
        }
    }
    drop(tx);
    writer.join().unwrap();
    Ok(())
}

fn main() {
    let port: u16 = std::env::args()
        .nth(1)
        .and_then(|s| s.parse().ok())
        .expect("usage: server PORT");
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let open: Open = Arc::new((Mutex::new(0), Condvar::new()));
    for stream in listener.incoming().flatten() {
        let (count, room) = &*open;
        let full = |n: &mut usize| *n >= LIMIT;
        let mut n = room.wait_while(count.lock().unwrap(), full).unwrap();
        *n += 1;
        let guard = Guard(open.clone());
        thread::spawn(move || {
            GUARD.with(|g| *g.borrow_mut() = Some(guard));
            let _ = serve(stream);
        });
    }
}
