//! Text to model, with positions and diagnostics. Pure: asks the world through one small trait.
#![forbid(unsafe_code)]
