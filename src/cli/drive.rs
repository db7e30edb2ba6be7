//! Running to the end: with Ctrl-C, with the program's output as it comes.

use std::io::{IsTerminal, Write};
use std::pin::Pin;
use std::time::Duration;

use anstream::eprintln;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::launch::AnswerArgs;
use crate::backend::{Event, EventSink};
use crate::error::ErrorCode;

/// How long a program that was interrupted may take to stop.
///
/// A kernel is interrupted, restarted and deleted, one after the other, before it is known to have stopped.
pub(super) const STOP_GRACE: Duration = Duration::from_secs(15);
/// How long a write that is under way may take to be verified and recorded.
pub(super) const WRITE_GRACE: Duration = Duration::from_mins(11);

/// Runs a future to its end on this thread. The first Ctrl-C calls `interrupt`; what does not end within `grace` after it,
/// or at the second, is given up (`None`), as a program whose output is blocked would.
pub(super) fn drive<T>(
    future: impl Future<Output = T>,
    grace: Duration,
    interrupt: impl Fn(),
) -> Result<Option<T>, Failure> {
    drive_within(future, || grace, interrupt)
}

/// The same, where it depends on what is under way how long it may take.
pub(super) fn drive_within<T>(
    future: impl Future<Output = T>,
    grace: impl Fn() -> Duration,
    interrupt: impl Fn(),
) -> Result<Option<T>, Failure> {
    let mut ended = None;
    drive_any(Box::pin(async { ended = Some(future.await) }), &grace, &interrupt)?;
    Ok(ended)
}

/// The same without a type of its own for each future, so that it is compiled once.
fn drive_any(
    mut future: Pin<Box<dyn Future<Output = ()> + '_>>,
    grace: &dyn Fn() -> Duration,
    interrupt: &dyn Fn(),
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(ErrorCode::EngineFailed, format!("cannot start the runtime: {error}")))?;
    runtime.block_on(async move {
        tokio::select! {
            () = &mut future => {}
            () = interrupted() => {
                interrupt();
                tokio::select! {
                    _ = tokio::time::timeout(grace(), &mut future) => {}
                    () = interrupted() => {}
                }
            }
        }
    });
    runtime.shutdown_background();
    Ok(())
}

/// Waits for Ctrl-C, or for what a closed terminal or a service manager sends.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let waits = signals.into_iter().flatten().map(|mut signal| Box::pin(async move { signal.recv().await }));
    futures_util::future::select_all(waits.chain([])).await;
}

/// Cancels on Ctrl-C.
pub(super) fn cancelling(cancel: &CancellationToken) -> impl Fn() + use<> {
    let cancel = cancel.clone();
    move || cancel.cancel()
}

/// Where the program's output goes.
pub(super) fn events(answer: AnswerArgs) -> EventSink {
    if answer.json { Box::new(|_| {}) } else { Box::new(forward) }
}

/// Says that there is no report.
pub(super) fn given_up() -> u8 {
    eprintln!("cancelled; the program could not be stopped in time, and its report is lost");
    crate::execution::Status::Cancelled.exit_code()
}

/// What a program may say to a terminal: no escapes, with which it could hide or repaint what we show there. Into a file or a
/// pipe it says what it likes.
fn harmless(bytes: &[u8], terminal: bool) -> std::borrow::Cow<'_, [u8]> {
    let acts = |byte: &u8| matches!(byte, 0..=8 | 11..=12 | 14..=31 | 127);
    if !terminal || !bytes.iter().any(acts) {
        return bytes.into();
    }
    bytes.iter().map(|byte| if acts(byte) { b'?' } else { *byte }).collect::<Vec<_>>().into()
}

/// Passes the program's output on as it comes. Whoever reads it may have left: that does not end the program.
pub(super) fn forward(event: Event<'_>) {
    let _ = match event {
        Event::Stdout(bytes) => {
            let mut out = std::io::stdout().lock();
            let bytes = harmless(bytes, out.is_terminal());
            out.write_all(&bytes).and_then(|()| out.flush())
        }
        Event::Stderr(bytes) => {
            let mut out = std::io::stderr().lock();
            let bytes = harmless(bytes, out.is_terminal());
            out.write_all(&bytes)
        }
    };
}
