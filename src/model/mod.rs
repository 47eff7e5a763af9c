//! What is to run, whatever dialect it was written in. Plain data; decides nothing, reads nothing.
#![forbid(unsafe_code)]

pub mod configuration;
pub mod exec;
pub mod exit;
pub mod group;
pub mod init;
pub mod logging;
pub mod policy;
pub mod server;
pub mod service;
pub mod settings;

pub use configuration::Configuration;
pub use exec::{CommandLine, Exec, Identity};
pub use exit::{EndKind, ExitPolicy, ExitRule, ExitWhen, TerminationLog};
pub use group::{EventPool, FastCgiSocket, Group, GroupKind, ResultHandler, SocketAddress};
pub use init::InitSettings;
pub use logging::{ChannelLog, ChildOutput, LogFile, LogFormat, OutputChannel, Showing};
pub use policy::{AutoRestart, StartPolicy, StopPolicy};
pub use server::{
    Credentials, Hosts, Listen, Owner, Password, RpcFactory, RpcInterface, Server, SupervisorctlSettings,
    server_url,
};
pub use service::Service;
pub use settings::{ActivityLog, ActivityTarget, LogLevel, Settings};
