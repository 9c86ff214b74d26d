// Poseidon2 of width 16 over a field of field_pkg: rounds, latencies, and the schedule by which few
// round units serve many states. golden-model/engines computes the same numbers.
//
// A unit is visited by many states. All of them start at one phase of a counter modulo Interval, and
// every way from one visit to the next is so long that the visits of one state lie in different
// phases: then no two states ever meet, nothing is arbitrated and every permutation takes
// core_latency cycles.
package poseidon2_pkg;

  import field_pkg::*;

  localparam int unsigned Width = 16;
  localparam int unsigned Rate = 8;
  localparam int unsigned FullRounds = assay_abi_pkg::KoalabearPoseidon2FullRounds;
  localparam int unsigned HalfRounds = FullRounds / 2;

  typedef fe_t [Width-1:0] state_t;
  typedef fe_t [Rate-1:0]  digest_t;

  // What poseidon2_sponge is asked for.
  typedef enum logic [1:0] {
    KindPermute  = 2'd0,
    KindCompress = 2'd1,
    KindHash     = 2'd2
  } kind_e;

  // Why poseidon2_core gets nothing to do when it could take a state.
  typedef struct packed {
    logic gathering;     // a request is on its way, or only added words to a row's rest
    logic output_full;   // no place for another result
    logic slot_busy;     // the row's last chunk is not done
    logic input_missing; // no request
  } lost_t;

  function automatic int unsigned degree(int unsigned field);
    return (field == KoalaBear) ? assay_abi_pkg::KoalabearPoseidon2Degree
                                : assay_abi_pkg::BabybearPoseidon2Degree;
  endfunction

  function automatic int unsigned partial_rounds(int unsigned field);
    return (field == KoalaBear) ? assay_abi_pkg::KoalabearPoseidon2PartialRounds
                                : assay_abi_pkg::BabybearPoseidon2PartialRounds;
  endfunction

  function automatic fe_t full_constant(int unsigned field, int unsigned round, int unsigned word);
    if ((round >= FullRounds) || (word >= Width)) return '0;
    return (field == KoalaBear) ? assay_poseidon2_pkg::KoalabearFull[round[2:0]][word[3:0]]
                                : assay_poseidon2_pkg::BabybearFull[round[2:0]][word[3:0]];
  endfunction

  function automatic fe_t partial_constant(int unsigned field, int unsigned round);
    if (round >= partial_rounds(field)) return '0;
    return (field == KoalaBear) ? assay_poseidon2_pkg::KoalabearPartial[round[4:0]]
                                : assay_poseidon2_pkg::BabybearPartial[round[4:0]];
  endfunction

  function automatic assay_poseidon2_pkg::diagonal_t diagonal(
    int unsigned field, int unsigned word
  );
    if (word >= Width) return '0;
    return (field == KoalaBear) ? assay_poseidon2_pkg::KoalabearDiagonal[word[3:0]]
                                : assay_poseidon2_pkg::BabybearDiagonal[word[3:0]];
  endfunction

  // Sums of the two layers, as integers in front of their reduction.
  localparam int unsigned ExternalWidth = 37; // 35 * p
  localparam int unsigned InternalWidth = 36; // 20 * p

  // poseidon2_sbox: x^3 as x^2 * x, x^7 as (x^2 * x^2) * (x^2 * x). Squares have four products.
  function automatic int unsigned sbox_latency(int unsigned field, int unsigned products);
    return (degree(field) == 3) ? mul_latency(4) + mul_latency(products)
                                : mul_latency(4) + 2 * mul_latency(products);
  endfunction

  // poseidon2_external: five additions, reduction.
  function automatic int unsigned external_latency(int unsigned field);
    return 5 + reduce_latency(field, ExternalWidth);
  endfunction

  // poseidon2_full: the queue for shared S-boxes, constant, S-boxes, external layer.
  function automatic int unsigned queue_latency(int unsigned share);
    return (share == 1) ? 0 : share;
  endfunction

  function automatic int unsigned full_latency(
    int unsigned field, int unsigned products, int unsigned share
  );
    return queue_latency(share) + AddLatency + sbox_latency(field, products)
        + external_latency(field);
  endfunction

  // poseidon2_partial: constant, S-box, sum of all words, sum with V * x, reduction.
  function automatic int unsigned partial_latency(int unsigned field, int unsigned products);
    return AddLatency + sbox_latency(field, products) + 2 + reduce_latency(field, InternalWidth);
  endfunction

  // One state is taken in every Interval cycles.
  function automatic int unsigned interval(
    int unsigned field, int unsigned full_units, int unsigned partial_units, int unsigned share
  );
    int unsigned full, partials;
    full     = (FullRounds / full_units) * share;
    partials = partial_rounds(field) / partial_units;
    return (full > partials) ? full : partials;
  endfunction

  // The least length at or above latency by which that many visits, one after the other and each of
  // share cycles, lie apart modulo cycle.
  function automatic int unsigned spread(
    int unsigned latency, int unsigned visits, int unsigned share, int unsigned cycle
  );
    int unsigned length, apart;
    length = latency;
    apart  = 0;
    for (int unsigned i = 0; i < cycle; i++) begin
      if (apart < visits) begin
        // Found, unless some pair of visits meets.
        apart = 1;
        for (int unsigned k = 1; k < visits; k++) begin
          if (((k * (latency + i)) % cycle >= share)
              && ((k * (latency + i)) % cycle + share <= cycle)) begin
            apart++;
          end
        end
        length = latency + i;
      end
    end
    return length;
  endfunction

  // poseidon2_core: initial external layer, then two half chains of full rounds around the partial
  // rounds. With FullRounds units each half has its own; with fewer both go through one chain.
  function automatic int unsigned chain_units(int unsigned full_units);
    return (full_units > HalfRounds) ? HalfRounds : full_units;
  endfunction

  // Where states meet at a unit there is a register.
  function automatic int unsigned entrance(int unsigned visits);
    return (visits == 1) ? 0 : 1;
  endfunction

  function automatic int unsigned full_loop(
    int unsigned field, int unsigned products, int unsigned full_units, int unsigned partial_units,
    int unsigned share
  );
    return spread(entrance(FullRounds / full_units)
                  + chain_units(full_units) * full_latency(field, products, share),
                  FullRounds / full_units, share,
                  interval(field, full_units, partial_units, share));
  endfunction

  function automatic int unsigned partial_loop(
    int unsigned field, int unsigned products, int unsigned full_units, int unsigned partial_units,
    int unsigned share
  );
    return spread(entrance(partial_rounds(field) / partial_units)
                  + partial_units * partial_latency(field, products),
                  partial_rounds(field) / partial_units, 1,
                  interval(field, full_units, partial_units, share));
  endfunction

  // Whether the layer of the last full unit of a chain has a turn left in which it can be the initial
  // one: as at the end of a visit before the first.
  function automatic bit shares_layer(
    int unsigned field, int unsigned products, int unsigned full_units, int unsigned partial_units,
    int unsigned share
  );
    int unsigned cycle, length;
    bit          free;
    cycle  = interval(field, full_units, partial_units, share);
    length = full_loop(field, products, full_units, partial_units, share);
    free   = (full_units != FullRounds);
    for (int unsigned k = 1; k <= FullRounds / full_units; k++) begin
      if ((k * length) % cycle == 0) free = 1'b0;
    end
    return free;
  endfunction

  // From the state to its first full round.
  function automatic int unsigned initial_latency(
    int unsigned field, int unsigned products, int unsigned full_units, int unsigned partial_units,
    int unsigned share
  );
    if (!shares_layer(field, products, full_units, partial_units, share)) begin
      return external_latency(field);
    end
    return external_latency(field)
        + full_loop(field, products, full_units, partial_units, share)
        - entrance(FullRounds / full_units)
        - chain_units(full_units) * full_latency(field, products, share);
  endfunction

  // From the first partial round to the second half: back to the phase in which it began.
  function automatic int unsigned partial_stay(
    int unsigned field, int unsigned products, int unsigned full_units, int unsigned partial_units,
    int unsigned share
  );
    int unsigned cycle, stay;
    cycle = interval(field, full_units, partial_units, share);
    stay  = (partial_rounds(field) / partial_units)
            * partial_loop(field, products, full_units, partial_units, share);
    return stay + (cycle - stay % cycle) % cycle;
  endfunction

  function automatic int unsigned core_latency(
    int unsigned field, int unsigned products, int unsigned full_units, int unsigned partial_units,
    int unsigned share
  );
    return initial_latency(field, products, full_units, partial_units, share)
        + 2 * (HalfRounds / chain_units(full_units))
          * full_loop(field, products, full_units, partial_units, share)
        + partial_stay(field, products, full_units, partial_units, share);
  endfunction

endpackage
