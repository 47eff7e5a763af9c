//! Text to model, with positions and diagnostics. Pure: asks the world through one small trait.
#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod fake_world;
pub mod supervisord;
pub mod world;

pub use diagnostic::{Diagnostic, Severity};
pub use world::World;
