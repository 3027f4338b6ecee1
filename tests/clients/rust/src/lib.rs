// SPDX-License-Identifier: ISC
//! The program under test: sends one Redis command and says how it ended.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

pub const PONG: &str = "+PONG\r\n";

#[derive(Debug, Default)]
pub struct Seen {
    pub text: String,
    /// Milliseconds to the last byte, and to the end.
    pub last: u128,
    pub end: u128,
    pub error: Option<ErrorKind>,
}

/// Stops reading at `want` bytes.
pub fn command(address: &str, line: &str, want: usize) -> Seen {
    let start = Instant::now();
    let mut seen = Seen::default();
    if let Err(error) = exchange(address, line, want, start, &mut seen) {
        seen.error = Some(error.kind());
    }
    seen.end = start.elapsed().as_millis();
    seen
}

fn exchange(
    address: &str,
    line: &str,
    want: usize,
    start: Instant,
    seen: &mut Seen,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(format!("{line}\r\n").as_bytes())?;
    let mut buffer = [0; 65536];
    while seen.text.len() < want {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        seen.text.push_str(&String::from_utf8_lossy(&buffer[..n]));
        seen.last = start.elapsed().as_millis();
    }
    Ok(())
}

pub fn ping(address: &str) -> Seen {
    command(address, "PING", PONG.len())
}

/// An answer of `size` bytes, and nine around them.
pub fn echo(address: &str, size: usize) -> Seen {
    command(address, &format!("ECHO {}", "x".repeat(size)), size + 9)
}

pub fn refused(address: &str) -> bool {
    ping(address).error == Some(ErrorKind::ConnectionRefused)
}
