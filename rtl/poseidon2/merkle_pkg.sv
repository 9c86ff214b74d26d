// Types of the Merkle engine. An address counts digests, of Rate words each.
package merkle_pkg;

  localparam int unsigned LogRows = 24; // of the tallest matrix, at most
  localparam int unsigned RowsWidth = LogRows + 1;
  localparam int unsigned AddrWidth = 32;
  // Digests that rows, or nodes, have made since the reset, modulo a power of two that is far above
  // what two trees have.
  localparam int unsigned CountWidth = RowsWidth + 4;

  typedef logic [RowsWidth-1:0]  rows_t;
  typedef logic [AddrWidth-1:0]  addr_t;
  typedef logic [CountWidth-1:0] count_t;

  // A tree. Layer k has the digests of ceil(rows / 2^k) nodes, and lies behind the layers below it;
  // each begins at an even address.
  typedef struct packed {
    rows_t              rows;    // of the tallest matrices
    logic [LogRows:0]   injects; // bit k: matrices of ceil(rows / 2^k) rows join at layer k
    addr_t              base;    // of layer 0, even
    addr_t              scratch; // for each layer with a bit, two digests a node; even
  } job_t;

  // Where the digest of a request goes, and who asked.
  typedef struct packed {
    logic  state; // a bare state: it goes nowhere
    logic  row;
    addr_t addr;
  } tag_t;

  // Why a turn of the core is not used.
  typedef struct packed {
    logic gathering;   // a request is on its way, or only added words to a row's rest
    logic output_full; // no place for another digest
    logic slot_busy;   // a row waits for itself
    logic row_missing; // the row's words do not come
    logic node_waits;  // nodes wait for their children's digests, or for memory
    logic idle;        // no tree
  } lost_t;

endpackage
