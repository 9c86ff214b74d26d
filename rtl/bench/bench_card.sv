// assay_card for simulation. Words of drive_i: flags of the registers' port (awvalid, wvalid, bready,
// arvalid, rready), of the interrupt (ready), the address from bit 16 on; write data; then of each memory
// port flags (awready, wready, bvalid, arready, rvalid, rlast, bresp 2, rresp 2) and a beat.
// Words of sample_o: flags (awready, wready, bvalid, arready, rvalid, interrupt, its vector, bresp 2,
// rresp 2); read data; then of each memory port flags (awvalid, wvalid, wlast, bready, arvalid, rready,
// from bit 8 on awlen 8, arlen 8, awsize 3, arsize 3, whether its bursts increment 2), both addresses,
// strobes, a beat. Ports in order: host, dma, ntt, hash, open, stream, ibus, dbus, shadow.
// Tests: sim/card/tests.
module bench_card
#(
  parameter logic [31:0] BuildId = 32'd0,
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 8,
  parameter int unsigned LogLoad = 12,
  parameter int unsigned LogStore = 12,
  parameter int unsigned LogRows = 16,
  parameter int unsigned Products = 3,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 2,
  parameter int unsigned Slots = 64,
  parameter int unsigned WithWitness = 1,
  parameter logic [40:0] MemoryBytes = 41'h4000_0000,
  localparam int unsigned DriveWords = 2 + 9 + 6*16 + 2*2 + Lanes,
  localparam int unsigned SampleWords = 2 + 9*7 + 6*16 + 2*2 + Lanes
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);
  // Where each port's words begin.
  localparam int unsigned HostDrive = 2;
  localparam int unsigned HostSample = 2;
  localparam int unsigned DmaDrive = HostDrive + 1 + 16;
  localparam int unsigned DmaSample = HostSample + 7 + 16;
  localparam int unsigned NttDrive = DmaDrive + 1 + 16;
  localparam int unsigned NttSample = DmaSample + 7 + 16;
  localparam int unsigned HashDrive = NttDrive + 1 + Lanes;
  localparam int unsigned HashSample = NttSample + 7 + Lanes;
  localparam int unsigned OpenDrive = HashDrive + 1 + 16;
  localparam int unsigned OpenSample = HashSample + 7 + 16;
  localparam int unsigned StreamDrive = OpenDrive + 1 + 16;
  localparam int unsigned StreamSample = OpenSample + 7 + 16;
  localparam int unsigned IbusDrive = StreamDrive + 1 + 16;
  localparam int unsigned IbusSample = StreamSample + 7 + 16;
  localparam int unsigned DbusDrive = IbusDrive + 1 + 2;
  localparam int unsigned DbusSample = IbusSample + 7 + 2;
  localparam int unsigned ShadowDrive = DbusDrive + 1 + 2;
  localparam int unsigned ShadowSample = DbusSample + 7 + 2;

  logic        awready, wready, bvalid, arready, rvalid, irq_valid, irq_vector;
  logic [1:0]  bresp, rresp;
  assign sample_o[0] = {21'd0, rresp, bresp, irq_vector, irq_valid, rvalid, arready, bvalid, wready,
                        awready};

  logic host_awvalid, host_wvalid, host_wlast, host_bready;
  logic [63:0] host_awaddr;
  logic [7:0] host_awlen;
  logic [2:0] host_awsize;
  logic [1:0] host_awburst;
  logic [63:0] host_wstrb;
  logic [511:0] host_wdata;
  logic host_arvalid, host_rready;
  logic [63:0] host_araddr;
  logic [7:0] host_arlen;
  logic [2:0] host_arsize;
  logic [1:0] host_arburst;
  assign sample_o[HostSample] = {
    host_arburst == 2'b01, host_awburst == 2'b01, host_arsize, host_awsize, host_arlen, host_awlen,
    2'd0, host_rready, host_arvalid, host_bready, host_wlast, host_wvalid, host_awvalid
  };
  assign {sample_o[HostSample+2], sample_o[HostSample+1]} = 64'(host_awaddr);
  assign {sample_o[HostSample+4], sample_o[HostSample+3]} = 64'(host_araddr);
  assign {sample_o[HostSample+6], sample_o[HostSample+5]} = 64'(host_wstrb);
  assign sample_o[HostSample+7 +: 16] = host_wdata;

  logic dma_awvalid, dma_wvalid, dma_wlast, dma_bready;
  logic [39:0] dma_awaddr;
  logic [7:0] dma_awlen;
  logic [2:0] dma_awsize;
  logic [1:0] dma_awburst;
  logic [63:0] dma_wstrb;
  logic [511:0] dma_wdata;
  logic dma_arvalid, dma_rready;
  logic [39:0] dma_araddr;
  logic [7:0] dma_arlen;
  logic [2:0] dma_arsize;
  logic [1:0] dma_arburst;
  assign sample_o[DmaSample] = {
    dma_arburst == 2'b01, dma_awburst == 2'b01, dma_arsize, dma_awsize, dma_arlen, dma_awlen,
    2'd0, dma_rready, dma_arvalid, dma_bready, dma_wlast, dma_wvalid, dma_awvalid
  };
  assign {sample_o[DmaSample+2], sample_o[DmaSample+1]} = 64'(dma_awaddr);
  assign {sample_o[DmaSample+4], sample_o[DmaSample+3]} = 64'(dma_araddr);
  assign {sample_o[DmaSample+6], sample_o[DmaSample+5]} = 64'(dma_wstrb);
  assign sample_o[DmaSample+7 +: 16] = dma_wdata;

  logic ntt_awvalid, ntt_wvalid, ntt_wlast, ntt_bready;
  logic [39:0] ntt_awaddr;
  logic [7:0] ntt_awlen;
  logic [2:0] ntt_awsize;
  logic [1:0] ntt_awburst;
  logic [4*Lanes-1:0] ntt_wstrb;
  logic [32*Lanes-1:0] ntt_wdata;
  logic ntt_arvalid, ntt_rready;
  logic [39:0] ntt_araddr;
  logic [7:0] ntt_arlen;
  logic [2:0] ntt_arsize;
  logic [1:0] ntt_arburst;
  assign sample_o[NttSample] = {
    ntt_arburst == 2'b01, ntt_awburst == 2'b01, ntt_arsize, ntt_awsize, ntt_arlen, ntt_awlen,
    2'd0, ntt_rready, ntt_arvalid, ntt_bready, ntt_wlast, ntt_wvalid, ntt_awvalid
  };
  assign {sample_o[NttSample+2], sample_o[NttSample+1]} = 64'(ntt_awaddr);
  assign {sample_o[NttSample+4], sample_o[NttSample+3]} = 64'(ntt_araddr);
  assign {sample_o[NttSample+6], sample_o[NttSample+5]} = 64'(ntt_wstrb);
  assign sample_o[NttSample+7 +: Lanes] = ntt_wdata;

  logic hash_awvalid, hash_wvalid, hash_wlast, hash_bready;
  logic [39:0] hash_awaddr;
  logic [7:0] hash_awlen;
  logic [2:0] hash_awsize;
  logic [1:0] hash_awburst;
  logic [63:0] hash_wstrb;
  logic [511:0] hash_wdata;
  logic hash_arvalid, hash_rready;
  logic [39:0] hash_araddr;
  logic [7:0] hash_arlen;
  logic [2:0] hash_arsize;
  logic [1:0] hash_arburst;
  assign sample_o[HashSample] = {
    hash_arburst == 2'b01, hash_awburst == 2'b01, hash_arsize, hash_awsize, hash_arlen, hash_awlen,
    2'd0, hash_rready, hash_arvalid, hash_bready, hash_wlast, hash_wvalid, hash_awvalid
  };
  assign {sample_o[HashSample+2], sample_o[HashSample+1]} = 64'(hash_awaddr);
  assign {sample_o[HashSample+4], sample_o[HashSample+3]} = 64'(hash_araddr);
  assign {sample_o[HashSample+6], sample_o[HashSample+5]} = 64'(hash_wstrb);
  assign sample_o[HashSample+7 +: 16] = hash_wdata;

  logic open_awvalid, open_wvalid, open_wlast, open_bready;
  logic [39:0] open_awaddr;
  logic [7:0] open_awlen;
  logic [2:0] open_awsize;
  logic [1:0] open_awburst;
  logic [63:0] open_wstrb;
  logic [511:0] open_wdata;
  logic open_arvalid, open_rready;
  logic [39:0] open_araddr;
  logic [7:0] open_arlen;
  logic [2:0] open_arsize;
  logic [1:0] open_arburst;
  assign sample_o[OpenSample] = {
    open_arburst == 2'b01, open_awburst == 2'b01, open_arsize, open_awsize, open_arlen, open_awlen,
    2'd0, open_rready, open_arvalid, open_bready, open_wlast, open_wvalid, open_awvalid
  };
  assign {sample_o[OpenSample+2], sample_o[OpenSample+1]} = 64'(open_awaddr);
  assign {sample_o[OpenSample+4], sample_o[OpenSample+3]} = 64'(open_araddr);
  assign {sample_o[OpenSample+6], sample_o[OpenSample+5]} = 64'(open_wstrb);
  assign sample_o[OpenSample+7 +: 16] = open_wdata;

  logic stream_awvalid, stream_wvalid, stream_wlast, stream_bready;
  logic [39:0] stream_awaddr;
  logic [7:0] stream_awlen;
  logic [2:0] stream_awsize;
  logic [1:0] stream_awburst;
  logic [63:0] stream_wstrb;
  logic [511:0] stream_wdata;
  logic stream_arvalid, stream_rready;
  logic [39:0] stream_araddr;
  logic [7:0] stream_arlen;
  logic [2:0] stream_arsize;
  logic [1:0] stream_arburst;
  assign sample_o[StreamSample] = {
    stream_arburst == 2'b01, stream_awburst == 2'b01, stream_arsize, stream_awsize, stream_arlen, stream_awlen,
    2'd0, stream_rready, stream_arvalid, stream_bready, stream_wlast, stream_wvalid, stream_awvalid
  };
  assign {sample_o[StreamSample+2], sample_o[StreamSample+1]} = 64'(stream_awaddr);
  assign {sample_o[StreamSample+4], sample_o[StreamSample+3]} = 64'(stream_araddr);
  assign {sample_o[StreamSample+6], sample_o[StreamSample+5]} = 64'(stream_wstrb);
  assign sample_o[StreamSample+7 +: 16] = stream_wdata;

  logic ibus_arvalid, ibus_rready;
  logic [39:0] ibus_araddr;
  logic [7:0] ibus_arlen;
  logic [2:0] ibus_arsize;
  logic [1:0] ibus_arburst;
  assign sample_o[IbusSample] = {
    ibus_arburst == 2'b01, 1'b1, ibus_arsize, 3'd0, ibus_arlen, 8'd0,
    2'd0, ibus_rready, ibus_arvalid, 1'b0, 1'b0, 1'b0, 1'b0
  };
  assign {sample_o[IbusSample+2], sample_o[IbusSample+1]} = 64'(1'b0);
  assign {sample_o[IbusSample+4], sample_o[IbusSample+3]} = 64'(ibus_araddr);
  assign {sample_o[IbusSample+6], sample_o[IbusSample+5]} = 64'(1'b0);
  assign sample_o[IbusSample+7 +: 2] = '0;

  logic dbus_awvalid, dbus_wvalid, dbus_wlast, dbus_bready;
  logic [39:0] dbus_awaddr;
  logic [7:0] dbus_awlen;
  logic [2:0] dbus_awsize;
  logic [1:0] dbus_awburst;
  logic [7:0] dbus_wstrb;
  logic [63:0] dbus_wdata;
  logic dbus_arvalid, dbus_rready;
  logic [39:0] dbus_araddr;
  logic [7:0] dbus_arlen;
  logic [2:0] dbus_arsize;
  logic [1:0] dbus_arburst;
  assign sample_o[DbusSample] = {
    dbus_arburst == 2'b01, dbus_awburst == 2'b01, dbus_arsize, dbus_awsize, dbus_arlen, dbus_awlen,
    2'd0, dbus_rready, dbus_arvalid, dbus_bready, dbus_wlast, dbus_wvalid, dbus_awvalid
  };
  assign {sample_o[DbusSample+2], sample_o[DbusSample+1]} = 64'(dbus_awaddr);
  assign {sample_o[DbusSample+4], sample_o[DbusSample+3]} = 64'(dbus_araddr);
  assign {sample_o[DbusSample+6], sample_o[DbusSample+5]} = 64'(dbus_wstrb);
  assign sample_o[DbusSample+7 +: 2] = dbus_wdata;

  logic shadow_awvalid, shadow_wvalid, shadow_wlast, shadow_bready;
  logic [39:0] shadow_awaddr;
  logic [7:0] shadow_awlen;
  logic [2:0] shadow_awsize;
  logic [1:0] shadow_awburst;
  logic [63:0] shadow_wstrb;
  logic [511:0] shadow_wdata;
  logic shadow_arvalid, shadow_rready;
  logic [39:0] shadow_araddr;
  logic [7:0] shadow_arlen;
  logic [2:0] shadow_arsize;
  logic [1:0] shadow_arburst;
  assign sample_o[ShadowSample] = {
    shadow_arburst == 2'b01, shadow_awburst == 2'b01, shadow_arsize, shadow_awsize, shadow_arlen, shadow_awlen,
    2'd0, shadow_rready, shadow_arvalid, shadow_bready, shadow_wlast, shadow_wvalid, shadow_awvalid
  };
  assign {sample_o[ShadowSample+2], sample_o[ShadowSample+1]} = 64'(shadow_awaddr);
  assign {sample_o[ShadowSample+4], sample_o[ShadowSample+3]} = 64'(shadow_araddr);
  assign {sample_o[ShadowSample+6], sample_o[ShadowSample+5]} = 64'(shadow_wstrb);
  assign sample_o[ShadowSample+7 +: 16] = shadow_wdata;

  assay_card #(
    .BuildId(BuildId), .Field(Field), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad),
    .LogStore(LogStore), .LogRows(LogRows), .Products(Products), .FullUnits(FullUnits),
    .PartialUnits(PartialUnits), .Share(Share), .Slots(Slots), .WithWitness(WithWitness),
    .MemoryBytes(MemoryBytes)
  ) u_card (
    .clk_i, .rst_ni,
    .regs_awvalid_i(drive_i[0][0]), .regs_awready_o(awready), .regs_awaddr_i(drive_i[0][28:16]),
    .regs_awprot_i('0), .regs_wvalid_i(drive_i[0][1]), .regs_wready_o(wready),
    .regs_wdata_i(drive_i[1]), .regs_wstrb_i('1), .regs_bvalid_o(bvalid),
    .regs_bready_i(drive_i[0][2]), .regs_bresp_o(bresp), .regs_arvalid_i(drive_i[0][3]),
    .regs_arready_o(arready), .regs_araddr_i(drive_i[0][28:16]), .regs_arprot_i('0),
    .regs_rvalid_o(rvalid), .regs_rready_i(drive_i[0][4]), .regs_rdata_o(sample_o[1]),
    .regs_rresp_o(rresp),
    .irq_valid_o(irq_valid), .irq_ready_i(drive_i[0][5]), .irq_vector_o(irq_vector),
    .host_awvalid_o(host_awvalid), .host_awaddr_o(host_awaddr), .host_awlen_o(host_awlen),
    .host_awsize_o(host_awsize), .host_awburst_o(host_awburst), .host_wvalid_o(host_wvalid),
    .host_wdata_o(host_wdata), .host_wstrb_o(host_wstrb), .host_wlast_o(host_wlast),
    .host_bready_o(host_bready), .host_awready_i(drive_i[HostDrive][0]),
    .host_wready_i(drive_i[HostDrive][1]), .host_bvalid_i(drive_i[HostDrive][2]),
    .host_bresp_i(drive_i[HostDrive][7:6]), .host_arvalid_o(host_arvalid),
    .host_araddr_o(host_araddr), .host_arlen_o(host_arlen), .host_arsize_o(host_arsize),
    .host_arburst_o(host_arburst), .host_rready_o(host_rready),
    .host_arready_i(drive_i[HostDrive][3]), .host_rvalid_i(drive_i[HostDrive][4]),
    .host_rlast_i(drive_i[HostDrive][5]), .host_rresp_i(drive_i[HostDrive][9:8]),
    .host_rdata_i(drive_i[HostDrive+1 +: 16]),
    .dma_awvalid_o(dma_awvalid), .dma_awaddr_o(dma_awaddr), .dma_awlen_o(dma_awlen),
    .dma_awsize_o(dma_awsize), .dma_awburst_o(dma_awburst), .dma_wvalid_o(dma_wvalid),
    .dma_wdata_o(dma_wdata), .dma_wstrb_o(dma_wstrb), .dma_wlast_o(dma_wlast),
    .dma_bready_o(dma_bready), .dma_awready_i(drive_i[DmaDrive][0]),
    .dma_wready_i(drive_i[DmaDrive][1]), .dma_bvalid_i(drive_i[DmaDrive][2]),
    .dma_bresp_i(drive_i[DmaDrive][7:6]), .dma_arvalid_o(dma_arvalid),
    .dma_araddr_o(dma_araddr), .dma_arlen_o(dma_arlen), .dma_arsize_o(dma_arsize),
    .dma_arburst_o(dma_arburst), .dma_rready_o(dma_rready),
    .dma_arready_i(drive_i[DmaDrive][3]), .dma_rvalid_i(drive_i[DmaDrive][4]),
    .dma_rlast_i(drive_i[DmaDrive][5]), .dma_rresp_i(drive_i[DmaDrive][9:8]),
    .dma_rdata_i(drive_i[DmaDrive+1 +: 16]),
    .ntt_awvalid_o(ntt_awvalid), .ntt_awaddr_o(ntt_awaddr), .ntt_awlen_o(ntt_awlen),
    .ntt_awsize_o(ntt_awsize), .ntt_awburst_o(ntt_awburst), .ntt_wvalid_o(ntt_wvalid),
    .ntt_wdata_o(ntt_wdata), .ntt_wstrb_o(ntt_wstrb), .ntt_wlast_o(ntt_wlast),
    .ntt_bready_o(ntt_bready), .ntt_awready_i(drive_i[NttDrive][0]),
    .ntt_wready_i(drive_i[NttDrive][1]), .ntt_bvalid_i(drive_i[NttDrive][2]),
    .ntt_bresp_i(drive_i[NttDrive][7:6]), .ntt_arvalid_o(ntt_arvalid),
    .ntt_araddr_o(ntt_araddr), .ntt_arlen_o(ntt_arlen), .ntt_arsize_o(ntt_arsize),
    .ntt_arburst_o(ntt_arburst), .ntt_rready_o(ntt_rready),
    .ntt_arready_i(drive_i[NttDrive][3]), .ntt_rvalid_i(drive_i[NttDrive][4]),
    .ntt_rlast_i(drive_i[NttDrive][5]), .ntt_rresp_i(drive_i[NttDrive][9:8]),
    .ntt_rdata_i(drive_i[NttDrive+1 +: Lanes]),
    .hash_awvalid_o(hash_awvalid), .hash_awaddr_o(hash_awaddr), .hash_awlen_o(hash_awlen),
    .hash_awsize_o(hash_awsize), .hash_awburst_o(hash_awburst), .hash_wvalid_o(hash_wvalid),
    .hash_wdata_o(hash_wdata), .hash_wstrb_o(hash_wstrb), .hash_wlast_o(hash_wlast),
    .hash_bready_o(hash_bready), .hash_awready_i(drive_i[HashDrive][0]),
    .hash_wready_i(drive_i[HashDrive][1]), .hash_bvalid_i(drive_i[HashDrive][2]),
    .hash_bresp_i(drive_i[HashDrive][7:6]), .hash_arvalid_o(hash_arvalid),
    .hash_araddr_o(hash_araddr), .hash_arlen_o(hash_arlen), .hash_arsize_o(hash_arsize),
    .hash_arburst_o(hash_arburst), .hash_rready_o(hash_rready),
    .hash_arready_i(drive_i[HashDrive][3]), .hash_rvalid_i(drive_i[HashDrive][4]),
    .hash_rlast_i(drive_i[HashDrive][5]), .hash_rresp_i(drive_i[HashDrive][9:8]),
    .hash_rdata_i(drive_i[HashDrive+1 +: 16]),
    .open_awvalid_o(open_awvalid), .open_awaddr_o(open_awaddr), .open_awlen_o(open_awlen),
    .open_awsize_o(open_awsize), .open_awburst_o(open_awburst), .open_wvalid_o(open_wvalid),
    .open_wdata_o(open_wdata), .open_wstrb_o(open_wstrb), .open_wlast_o(open_wlast),
    .open_bready_o(open_bready), .open_awready_i(drive_i[OpenDrive][0]),
    .open_wready_i(drive_i[OpenDrive][1]), .open_bvalid_i(drive_i[OpenDrive][2]),
    .open_bresp_i(drive_i[OpenDrive][7:6]), .open_arvalid_o(open_arvalid),
    .open_araddr_o(open_araddr), .open_arlen_o(open_arlen), .open_arsize_o(open_arsize),
    .open_arburst_o(open_arburst), .open_rready_o(open_rready),
    .open_arready_i(drive_i[OpenDrive][3]), .open_rvalid_i(drive_i[OpenDrive][4]),
    .open_rlast_i(drive_i[OpenDrive][5]), .open_rresp_i(drive_i[OpenDrive][9:8]),
    .open_rdata_i(drive_i[OpenDrive+1 +: 16]),
    .stream_awvalid_o(stream_awvalid), .stream_awaddr_o(stream_awaddr),
    .stream_awlen_o(stream_awlen), .stream_awsize_o(stream_awsize),
    .stream_awburst_o(stream_awburst), .stream_wvalid_o(stream_wvalid),
    .stream_wdata_o(stream_wdata), .stream_wstrb_o(stream_wstrb), .stream_wlast_o(stream_wlast),
    .stream_bready_o(stream_bready), .stream_awready_i(drive_i[StreamDrive][0]),
    .stream_wready_i(drive_i[StreamDrive][1]), .stream_bvalid_i(drive_i[StreamDrive][2]),
    .stream_bresp_i(drive_i[StreamDrive][7:6]), .stream_arvalid_o(stream_arvalid),
    .stream_araddr_o(stream_araddr), .stream_arlen_o(stream_arlen),
    .stream_arsize_o(stream_arsize), .stream_arburst_o(stream_arburst),
    .stream_rready_o(stream_rready), .stream_arready_i(drive_i[StreamDrive][3]),
    .stream_rvalid_i(drive_i[StreamDrive][4]), .stream_rlast_i(drive_i[StreamDrive][5]),
    .stream_rresp_i(drive_i[StreamDrive][9:8]), .stream_rdata_i(drive_i[StreamDrive+1 +: 16]),
    .ibus_arvalid_o(ibus_arvalid), .ibus_araddr_o(ibus_araddr), .ibus_arlen_o(ibus_arlen),
    .ibus_arsize_o(ibus_arsize), .ibus_arburst_o(ibus_arburst), .ibus_rready_o(ibus_rready),
    .ibus_arready_i(drive_i[IbusDrive][3]), .ibus_rvalid_i(drive_i[IbusDrive][4]),
    .ibus_rlast_i(drive_i[IbusDrive][5]), .ibus_rresp_i(drive_i[IbusDrive][9:8]),
    .ibus_rdata_i(drive_i[IbusDrive+1 +: 2]),
    .dbus_awvalid_o(dbus_awvalid), .dbus_awaddr_o(dbus_awaddr), .dbus_awlen_o(dbus_awlen),
    .dbus_awsize_o(dbus_awsize), .dbus_awburst_o(dbus_awburst), .dbus_wvalid_o(dbus_wvalid),
    .dbus_wdata_o(dbus_wdata), .dbus_wstrb_o(dbus_wstrb), .dbus_wlast_o(dbus_wlast),
    .dbus_bready_o(dbus_bready), .dbus_awready_i(drive_i[DbusDrive][0]),
    .dbus_wready_i(drive_i[DbusDrive][1]), .dbus_bvalid_i(drive_i[DbusDrive][2]),
    .dbus_bresp_i(drive_i[DbusDrive][7:6]), .dbus_arvalid_o(dbus_arvalid),
    .dbus_araddr_o(dbus_araddr), .dbus_arlen_o(dbus_arlen), .dbus_arsize_o(dbus_arsize),
    .dbus_arburst_o(dbus_arburst), .dbus_rready_o(dbus_rready),
    .dbus_arready_i(drive_i[DbusDrive][3]), .dbus_rvalid_i(drive_i[DbusDrive][4]),
    .dbus_rlast_i(drive_i[DbusDrive][5]), .dbus_rresp_i(drive_i[DbusDrive][9:8]),
    .dbus_rdata_i(drive_i[DbusDrive+1 +: 2]),
    .shadow_awvalid_o(shadow_awvalid), .shadow_awaddr_o(shadow_awaddr),
    .shadow_awlen_o(shadow_awlen), .shadow_awsize_o(shadow_awsize),
    .shadow_awburst_o(shadow_awburst), .shadow_wvalid_o(shadow_wvalid),
    .shadow_wdata_o(shadow_wdata), .shadow_wstrb_o(shadow_wstrb), .shadow_wlast_o(shadow_wlast),
    .shadow_bready_o(shadow_bready), .shadow_awready_i(drive_i[ShadowDrive][0]),
    .shadow_wready_i(drive_i[ShadowDrive][1]), .shadow_bvalid_i(drive_i[ShadowDrive][2]),
    .shadow_bresp_i(drive_i[ShadowDrive][7:6]), .shadow_arvalid_o(shadow_arvalid),
    .shadow_araddr_o(shadow_araddr), .shadow_arlen_o(shadow_arlen),
    .shadow_arsize_o(shadow_arsize), .shadow_arburst_o(shadow_arburst),
    .shadow_rready_o(shadow_rready), .shadow_arready_i(drive_i[ShadowDrive][3]),
    .shadow_rvalid_i(drive_i[ShadowDrive][4]), .shadow_rlast_i(drive_i[ShadowDrive][5]),
    .shadow_rresp_i(drive_i[ShadowDrive][9:8]), .shadow_rdata_i(drive_i[ShadowDrive+1 +: 16])
  );

  logic unused_inputs;
  assign unused_inputs = ^drive_i;
endmodule
