//! One whole configuration, as a reload replaces it.

use crate::model::{Group, InitSettings, RpcInterface, Server, Settings, SupervisorctlSettings};

/// Everything that a configuration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The daemon's own settings.
    pub settings: Settings,
    /// What only the init of a machine heeds.
    pub init: InitSettings,
    /// Groups in start order: by priority, then name. Within a group, services stand in autostart order.
    pub groups: Vec<Group>,
    /// HTTP servers in the order in which they are opened: TCP first, then Unix sockets.
    pub servers: Vec<Server>,
    /// XML-RPC namespaces.
    pub rpc_interfaces: Vec<RpcInterface>,
    /// What supervisorctl reads; `None` where the file has no such section.
    pub supervisorctl: Option<SupervisorctlSettings>,
}
