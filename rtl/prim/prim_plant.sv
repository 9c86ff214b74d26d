// A planted bug's switch: active_o is a constant 0, except in the test build (ASSAY_PLANT defined),
// where it is 1 if the model was started with the plusarg plant=<Id>. Combinational, costs nothing:
// synthesis removes what it guards. List of bugs: hw-abi/plants.toml. Test: sim/tests/lockstep.rs.
module prim_plant #(
  parameter int unsigned Id = 0
) (
  output logic active_o
);

`ifdef ASSAY_PLANT
  int unsigned chosen;
  logic        active;

  initial begin
    chosen = 0;
    active = 1'b0;
    if ($value$plusargs("plant=%d", chosen)) active = (chosen == Id);
  end

  assign active_o = active;
`elsif FORMAL_PLANT
  assign active_o = (Id == `FORMAL_PLANT);
`else
  logic unused_id;
  assign unused_id = (Id != 0);
  assign active_o  = 1'b0;
`endif

endmodule
