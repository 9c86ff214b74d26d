//! The slowest path in nextpnr's report, in names that somebody who knows the RTL can place.

use anyhow::{Context, Result};
use serde_json::Value;

/// The slowest path between two flip-flops or block RAMs.
pub struct CriticalPath {
    pub mhz: f64,
    pub delay_ns: f64,
    pub routing_ns: f64,
    pub hops: Vec<Hop>,
    /// The cell where it ends.
    pub end: String,
}

/// A net on the way, and when the signal is at its end.
pub struct Hop {
    pub arrival_ns: f64,
    pub name: String,
}

impl CriticalPath {
    pub fn read(report: &Value) -> Result<Self> {
        // One clock; the report may list paths from ports beside it.
        let (clock, fmax) = report["fmax"]
            .as_object()
            .and_then(|clocks| clocks.iter().next())
            .context("the placement report has no clock")?;
        let mhz = fmax["achieved"]
            .as_f64()
            .context("the placement report has no achieved frequency")?;
        let edge = format!("posedge {clock}");
        let path = report["critical_paths"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|path| path["from"] == edge.as_str() && path["to"] == edge.as_str())
            .and_then(|path| path["path"].as_array())
            .context("the placement report has no path within the clock")?;
        let (mut arrival_ns, mut routing_ns) = (0.0, 0.0);
        let (mut hops, mut end) = (Vec::new(), "?".to_owned());
        for step in path {
            let delay = step["delay"].as_f64().context("a step without a delay")?;
            arrival_ns += delay;
            if step["type"] == "routing" {
                routing_ns += delay;
                let name = readable(step["net"].as_str().unwrap_or("?"));
                hops.push(Hop { arrival_ns, name });
                end = readable(step["to"]["cell"].as_str().unwrap_or("?"));
            }
        }
        // A carry chain is many hops of one name: the last says when it is through.
        hops.dedup_by(|later, first| {
            let same = later.name == first.name;
            if same {
                first.arrival_ns = later.arrival_ns;
            }
            same
        });
        Ok(Self {
            mhz,
            delay_ns: arrival_ns,
            routing_ns,
            hops,
            end,
        })
    }

    /// The net with which the path begins.
    pub fn begin(&self) -> &str {
        self.hops.first().map_or("?", |hop| &hop.name)
    }
}

/// A net's or cell's name in the RTL. Synthesis names what has none after a signal nearby and the chain of cells between: that is cut off and marked by `…`.
fn readable(name: &str) -> String {
    const CELLS: [&str; 8] = [
        "_TRELLIS_",
        "_LUT4_",
        "_PFUMX_",
        "_L6MUX21_",
        "_CCU2C_",
        "_MULT18X18D_",
        "_DP16KD_",
        "$DPRAM_",
    ];
    CELLS
        .iter()
        .filter_map(|cell| name.find(cell))
        .min()
        .map_or_else(|| name.to_owned(), |end| format!("{}…", &name[..end]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn path_is_read_in_names_of_the_rtl() {
        let step = |kind: &str, delay: f64, net: &str, to: &str| json!({ "type": kind, "delay": delay, "net": net, "to": { "cell": to } });
        let report = json!({
            "fmax": { "clk_i": { "achieved": 100.0 } },
            "critical_paths": [
                { "from": "<async>", "to": "posedge clk_i", "path": [step("routing", 99.0, "port", "port")] },
                { "from": "posedge clk_i", "to": "posedge clk_i", "path": [
                    step("clk-to-q", 0.5, "", ""),
                    step("routing", 1.0, "u_a.sum_q_TRELLIS_FF_Q_DI", "u_b.mux_LUT4_Z"),
                    step("logic", 0.25, "", ""),
                    step("routing", 0.5, "u_b.mux", "u_b.mux_CCU2C_COUT"),
                    step("routing", 2.0, "u_b.mux", "u_c.mem.0.7$DPRAM_COMB3"),
                ] },
            ],
        });
        let path = CriticalPath::read(&report).expect("a whole report");
        assert_eq!(
            (path.mhz, path.delay_ns, path.routing_ns),
            (100.0, 4.25, 3.5)
        );
        assert_eq!(
            (path.begin(), path.end.as_str()),
            ("u_a.sum_q…", "u_c.mem.0.7…")
        );
        assert_eq!(path.hops.len(), 2, "hops of one name are one");
        assert_eq!(
            (path.hops[1].arrival_ns, path.hops[1].name.as_str()),
            (4.25, "u_b.mux")
        );
        assert!(CriticalPath::read(&json!({ "fmax": {} })).is_err());
    }
}
