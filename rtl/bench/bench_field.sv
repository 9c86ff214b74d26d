// Every unit of rtl/field beside each other, for simulation. Words of drive_i: enable, a[0..4],
// b[0..4], low and high word of an integer to reduce. Words of sample_o: sum and difference of a[0]
// and b[0], their product with four and with three partial products, the integer reduced as one of
// 33 and of 37 bits, the extension product[0..4], a[0] squared. Test: sim/engines/tests/field.rs.
module bench_field
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  localparam int unsigned DriveWords = 11,
  localparam int unsigned SampleWords = 11
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);

  logic      en;
  fe_t [3:0] a, b, ext;
  fe_t       sum, diff, mul4, mul3, square, reduced33, reduced37;

  assign en = drive_i[0][0];
  for (genvar i = 0; i < 4; i++) begin : gen_operands
    assign a[i] = drive_i[1+i][30:0];
    assign b[i] = drive_i[5+i][30:0];
    assign sample_o[6+i] = {1'b0, ext[i]};
  end

  assign sample_o[5:0] = {
    {1'b0, reduced37}, {1'b0, reduced33}, {1'b0, mul3}, {1'b0, mul4}, {1'b0, diff}, {1'b0, sum}
  };

  assign sample_o[10] = {1'b0, square};

  field_add #(.Field(Field)) u_add (.clk_i, .en_i(en), .a_i(a[0]), .b_i(b[0]), .y_o(sum));
  field_sub #(.Field(Field)) u_sub (.clk_i, .en_i(en), .a_i(a[0]), .b_i(b[0]), .y_o(diff));
  field_mul #(.Field(Field), .Products(4)) u_mul4 (
    .clk_i, .en_i(en), .a_i(a[0]), .b_i(b[0]), .y_o(mul4)
  );
  field_mul #(.Field(Field), .Products(3)) u_mul3 (
    .clk_i, .en_i(en), .a_i(a[0]), .b_i(b[0]), .y_o(mul3)
  );
  field_square #(.Field(Field)) u_square (.clk_i, .en_i(en), .x_i(a[0]), .y_o(square));
  field_reduce #(.Field(Field), .Width(33)) u_reduce33 (
    .clk_i, .en_i(en), .x_i({drive_i[10][0], drive_i[9]}), .y_o(reduced33)
  );
  field_reduce #(.Field(Field), .Width(37)) u_reduce37 (
    .clk_i, .en_i(en), .x_i({drive_i[10][4:0], drive_i[9]}), .y_o(reduced37)
  );
  field_ext_mul #(.Field(Field)) u_ext (.clk_i, .en_i(en), .a_i(a), .b_i(b), .y_o(ext));

  logic unused_inputs;
  assign unused_inputs = ^{rst_ni, drive_i};

endmodule
