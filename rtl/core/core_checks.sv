// What the core's borders promise, as assertions: valid and data stay while a stream or an AXI
// channel stalls, and nothing retires after the end. No hardware.
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

  // A start drops what the host did not take of the session before.
  prim_stable_check #(.Width(32)) u_journal (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(journal_valid_i), .ready_i(journal_ready_i), .data_i(journal_data_i)
  );
  prim_stable_check #(.Width(40)) u_ibus_ar (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(ibus_arvalid_i), .ready_i(ibus_arready_i), .data_i(ibus_araddr_i)
  );
  prim_stable_check #(.Width(40)) u_dbus_ar (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(dbus_arvalid_i), .ready_i(dbus_arready_i), .data_i(dbus_araddr_i)
  );
  prim_stable_check #(.Width(40)) u_dbus_aw (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(dbus_awvalid_i), .ready_i(dbus_awready_i), .data_i(dbus_awaddr_i)
  );
  prim_stable_check #(.Width(65)) u_dbus_w (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(dbus_wvalid_i), .ready_i(dbus_wready_i), .data_i({dbus_wlast_i, dbus_wdata_i})
  );
  prim_check u_ended (.clk_i, .rst_ni, .ok_i(!(ended_q && rvfi_valid_i)));

endmodule
