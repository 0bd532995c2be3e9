// Rust's standard library makes its threads with pthreads and its locks with
// syscall(SYS_futex): channels, Mutex, Condvar, RwLock, Once, Barrier, park
// and unpark with timeouts, scoped threads, thread locals with destructors,
// TCP and Unix sockets with timeouts, child processes, panics.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Barrier, Condvar, Mutex, Once, RwLock};
use std::thread;
use std::time::{Duration, Instant};

static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct Counted(Vec<u8>);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

thread_local! {
    static LOCAL: RefCell<Counted> = RefCell::new(Counted(vec![1; 100]));
}

fn locks() {
    let pair = Arc::new((Mutex::new(0), Condvar::new()));
    let lock = Arc::new(RwLock::new((0, 0)));
    let barrier = Arc::new(Barrier::new(100));
    static ONCE: Once = Once::new();
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let threads: Vec<_> = (0..100)
        .map(|i| {
            let (pair, lock, barrier) = (pair.clone(), lock.clone(), barrier.clone());
            thread::spawn(move || {
                LOCAL.with(|l| l.borrow_mut().0.push(i as u8));
                barrier.wait();
                ONCE.call_once(|| {
                    thread::sleep(Duration::from_millis(10));
                    RUNS.fetch_add(1, Ordering::SeqCst);
                });
                let (mutex, changed) = &*pair;
                let mut turn = mutex.lock().unwrap();
                while *turn != i {
                    turn = changed.wait(turn).unwrap();
                }
                *turn += 1;
                changed.notify_all();
                drop(turn);
                for j in 0..20 {
                    if j % 5 == 0 {
                        let mut both = lock.write().unwrap();
                        both.0 += 1;
                        thread::yield_now();
                        both.1 += 1;
                    } else {
                        let both = lock.read().unwrap();
                        assert_eq!(both.0, both.1);
                    }
                }
                LOCAL.with(|l| assert_eq!(l.borrow().0[100], i as u8));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    assert_eq!(lock.read().unwrap().0, 400);
    assert_eq!(DROPPED.load(Ordering::SeqCst), 100);
    let guard = pair.0.lock().unwrap();
    let (_guard, timeout) = pair.1.wait_timeout(guard, Duration::from_millis(20)).unwrap();
    assert!(timeout.timed_out());
    println!("ok locks");
}

fn channels() {
    let (to, from) = sync_channel::<usize>(5);
    let (sums_to, sums) = channel();
    let from = Arc::new(Mutex::new(from));
    for _ in 0..10 {
        let (from, sums_to) = (from.clone(), sums_to.clone());
        thread::spawn(move || {
            let mut sum = 0;
            loop {
                let next = from.lock().unwrap().recv();
                match next {
                    Ok(value) => sum += value,
                    Err(_) => break,
                }
            }
            sums_to.send(sum).unwrap();
        });
    }
    drop(sums_to);
    for i in 1..=1000 {
        to.send(i).unwrap();
    }
    drop(to);
    assert_eq!(sums.iter().sum::<usize>(), 500500);
    let (_keep, silent) = channel::<()>();
    assert!(silent.recv_timeout(Duration::from_millis(20)).is_err());
    println!("ok channels");
}

fn parking() {
    let thread = thread::spawn(|| {
        thread::park();
        let before = Instant::now();
        thread::park_timeout(Duration::from_millis(30));
        assert!(before.elapsed() >= Duration::from_millis(29));
        42
    });
    thread::sleep(Duration::from_millis(10));
    thread.thread().unpark();
    assert_eq!(thread.join().unwrap(), 42);
    let mut squares = vec![0; 50];
    thread::scope(|scope| {
        for (i, square) in squares.iter_mut().enumerate() {
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(1));
                *square = i * i;
            });
        }
    });
    assert!(squares.iter().enumerate().all(|(i, s)| *s == i * i));
    println!("ok parking");
}

fn sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let stream = stream.unwrap();
                let mut writer = stream.try_clone().unwrap();
                for line in BufReader::new(stream).lines() {
                    writeln!(writer, "{}", line.unwrap()).unwrap();
                }
            });
        }
    });
    let clients: Vec<_> = (0..100)
        .map(|i| {
            thread::spawn(move || {
                let mut stream = TcpStream::connect(addr).unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                for j in 0..10 {
                    let sent = format!("client {} line {}\n", i, j);
                    let mut got = String::new();
                    stream.write_all(sent.as_bytes()).unwrap();
                    reader.read_line(&mut got).unwrap();
                    assert_eq!(sent, got);
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    let (mut near, _far) = UnixStream::pair().unwrap();
    near.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
    let error = near.read(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    near.set_nonblocking(true).unwrap();
    assert_eq!(near.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    println!("ok sockets");
}

fn processes() {
    let threads: Vec<_> = (0..10)
        .map(|i| {
            thread::spawn(move || {
                let script = format!("read line; echo got $line; exit {}", i);
                let mut child = Command::new("sh")
                    .args(["-c", &script])
                    .stdin(std::process::Stdio::piped())
                    .stdout(std::process::Stdio::piped())
                    .spawn()
                    .unwrap();
                child.stdin.take().unwrap().write_all(b"it\n").unwrap();
                let output = child.wait_with_output().unwrap();
                assert_eq!(output.stdout, b"got it\n");
                assert_eq!(output.status.code(), Some(i));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("ok processes");
}

fn panics() {
    std::panic::set_hook(Box::new(|_| {}));
    let mutex = Arc::new(Mutex::new(1));
    let other = mutex.clone();
    let result = thread::spawn(move || {
        let _guard = other.lock().unwrap();
        thread::sleep(Duration::from_millis(1));
        panic!("on purpose");
    })
    .join();
    assert!(result.is_err());
    assert!(mutex.is_poisoned());
    println!("ok panics");
}

fn main() {
    locks();
    channels();
    parking();
    sockets();
    processes();
    panics();
}
