// What the core's borders promise, as assertions: valid and data stay while a stream or an AXI
// channel stalls, and nothing retires after the end. Simulation only; no logic.
module core_checks (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        start_i,

  input logic        journal_valid_i,
  input logic        journal_ready_i,
  input logic [31:0] journal_data_i,

  input logic        ibus_arvalid_i,
  input logic        ibus_arready_i,
  input logic [39:0] ibus_araddr_i,

  input logic        dbus_awvalid_i,
  input logic        dbus_awready_i,
  input logic [39:0] dbus_awaddr_i,
  input logic        dbus_wvalid_i,
  input logic        dbus_wready_i,
  input logic [63:0] dbus_wdata_i,
  input logic        dbus_wlast_i,
  input logic        dbus_arvalid_i,
  input logic        dbus_arready_i,
  input logic [39:0] dbus_araddr_i,

  input logic        rvfi_valid_i,
  input logic        rvfi_halt_i
);
  logic ended_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      ended_q <= 1'b0;
    else if (start_i) ended_q <= 1'b0;
    else              ended_q <= ended_q | (rvfi_valid_i & rvfi_halt_i);
  end

`ifndef SYNTHESIS
  // A start drops what the host did not take of the session before.
  assert property (@(posedge clk_i) disable iff (!rst_ni || start_i)
      journal_valid_i && !journal_ready_i |=> journal_valid_i && $stable(journal_data_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      ibus_arvalid_i && !ibus_arready_i |=> ibus_arvalid_i && $stable(ibus_araddr_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      dbus_arvalid_i && !dbus_arready_i |=> dbus_arvalid_i && $stable(dbus_araddr_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      dbus_awvalid_i && !dbus_awready_i |=> dbus_awvalid_i && $stable(dbus_awaddr_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      dbus_wvalid_i && !dbus_wready_i |=>
      dbus_wvalid_i && $stable(dbus_wdata_i) && $stable(dbus_wlast_i));
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(ended_q && rvfi_valid_i));
`else
  logic unused;
  assign unused = ^{ended_q, journal_valid_i, journal_ready_i, journal_data_i, ibus_arvalid_i,
                    ibus_arready_i, ibus_araddr_i, dbus_awvalid_i, dbus_awready_i, dbus_awaddr_i,
                    dbus_wvalid_i, dbus_wready_i, dbus_wdata_i, dbus_wlast_i, dbus_arvalid_i,
                    dbus_arready_i, dbus_araddr_i};
`endif
endmodule
