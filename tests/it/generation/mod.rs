//! Code generation against a real server and real programs.

mod api;
mod command;
mod server;

use aerie::generation::Task;

fn task() -> Task {
    Task { user_query: "How is the beam?".to_owned(), task_objective: "Compute the mean".to_owned(), ..Task::default() }
}
