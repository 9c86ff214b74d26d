// Transforms of all columns of a row-major matrix, in a few passes over it.
//
// A matrix of 2^n rows is seen as [outer][points][inner]: `inner` consecutive elements, which are columns of one
// row or of several neighbouring ones, then 2^log_points points that lie `inner` apart. A pass transforms over
// the points. A block takes a tile of all points and a few lanes; lanes are neighbours in memory.
//
// Decimation in frequency: natural order in, bit-reversed out, in place; between two passes an element is
// multiplied by w^(k * i), k its index in what was transformed, i its row in what was not yet. Any number of
// passes leave the whole matrix in bit-reversed order, and nothing has to be moved for it.
#pragma once

#include "field.cuh"

// A table of powers: w^(4096 * i) for i below 4096, times a factor, then w^i, then w^(2^i) for i below 24. A power
// is the product of two entries. Of roots of unity, w has order 2^24.
constexpr u32 LOG_ROOTS = 24;
constexpr u32 LOG_HALF = 12;
constexpr u32 HALF = 1u << LOG_HALF;

ASSAY_DEVICE u32 reverse_bits(u32 value, u32 bits) {
  return bits == 0 ? 0 : assay_reverse(value) >> (32 - bits);
}

// Of the kernels below: what a block does beside its transform.
enum : u32 {
  // Lanes are whole groups of fewer than a tile's columns: memory is read point after point.
  NARROW = 1,
  // Elements are scaled by the power of their row before the transform.
  SCALE_ROWS = 2,
  // The last pass of an inverse transform: rows go where their index says, scaled by the power of it.
  NATURAL = 4,
  // Another pass follows.
  TWIDDLE = 8,
};

// The view of a matrix.
struct View {
  u32 flags, log_points, log_lanes, log_outer, log_rest, width;

  // Elements from point to point.
  ASSAY_DEVICE u64 inner() const { return static_cast<u64>(width) << log_rest; }
  ASSAY_DEVICE u32 points() const { return 1u << log_points; }
  ASSAY_DEVICE u32 lanes() const { return 1u << log_lanes; }
};

// One column of points. `outer` counts in bit-reversed order where `reversed` says so.
struct Lane {
  bool there;
  u32 outer;
  // Which row between two points; in which column.
  u32 rest;
  u64 within;

  ASSAY_DEVICE Lane(const View& view, u32 tile, u32 lane) {
    u64 inner = view.inner();
    u64 group;
    if (view.flags & NARROW) {
      u32 groups = view.lanes() / view.width;
      u32 mine = lane / view.width;
      group = static_cast<u64>(tile) * groups + mine;
      within = lane - mine * view.width;
      there = mine < groups;
    } else {
      u64 all = (static_cast<u64>(tile) << view.log_lanes) + lane;
      group = all / inner;
      within = all - group * inner;
      there = true;
    }
    there = there && group < (1ull << view.log_outer);
    outer = static_cast<u32>(group);
    rest = view.log_rest == 0 ? 0 : static_cast<u32>(within / view.width);
  }
};

template <class F>
struct Ntt {
  // Of shared memory: points of a lane, spread so that strided ones are in different banks. The place of a sum is the
  // sum of the places where the points have no bit in common.
  static ASSAY_DEVICE u32 place(const View& view, u32 lane, u32 point) {
    return (((point + (point >> 3)) << view.log_lanes) + lane) * 4;
  }

  // w^exponent for w of order 2^log_order.
  static ASSAY_DEVICE u32 root(const u32* roots, u32 exponent, u32 log_order) {
    u32 index = exponent << (LOG_ROOTS - log_order);
    return F::multiply(roots[index >> LOG_HALF], roots[HALF + (index & (HALF - 1))]);
  }

  static ASSAY_DEVICE u32 power(const u32* powers, u32 exponent) {
    if (ASSAY_PLANT(9)) exponent ^= 1;
    return F::multiply(powers[exponent >> LOG_HALF], powers[HALF + (exponent & (HALF - 1))]);
  }

  // Where the points base + (j << log_step) are in shared memory.
  template <u32 LOG>
  static ASSAY_DEVICE void places(const View& view, u32 lane, u32 base, u32 log_step, u32 (&at)[1u << LOG]) {
    at[0] = place(view, lane, base);
#pragma unroll
    for (u32 bit = 0; bit < LOG; ++bit) {
      u32 step = place(view, 0, 1u << (log_step + bit));
#pragma unroll
      for (u32 j = 0; j < 1u << bit; ++j) at[j + (1u << bit)] = at[j] + step;
    }
  }

  // LOG layers from natural to bit-reversed order over points that lie 2^(log_size - LOG) apart, of which x[0] is
  // number `first`: 0, if they are the last layers.
  template <u32 LOG, bool LAST>
  static ASSAY_DEVICE void frequency(u32 (&x)[1u << LOG], u32 first, u32 log_size, const u32* roots) {
#pragma unroll
    for (u32 layer = 0; layer < LOG; ++layer) {
      u32 half = (1u << LOG) >> (layer + 1);
      const u32* w = roots + (first << (LOG_HALF - log_size + layer));
#pragma unroll
      for (u32 j = 0; j < (1u << LOG) / 2; ++j) {
        u32 low = j & (half - 1);
        u32 a = 2 * (j - low) + low;
        u32 b = a + half;
        u32 difference = LAST && low == 0
                             ? F::subtract(x[a], x[b])
                             : F::scaled_difference(x[a], x[b], small_root(w, low << (LOG_HALF - LOG + layer)));
        x[a] = ASSAY_PLANT(5) ? x[a] + x[b] : F::add(x[a], x[b]);
        x[b] = difference;
      }
    }
  }

  // LOG layers of a transform from natural to bit-reversed order, whose parts have 2^log_size points now. In shared
  // memory points are 2^log_spread apart.
  template <u32 LOG, bool LAST>
  static ASSAY_DEVICE void down(const Block& block, const View& view, u32 log_size, u32 log_spread, const u32* roots) {
    block.phase([&](u32 thread) {
      u32 log_step = log_size - LOG;
      u32 items = (view.points() >> LOG) << view.log_lanes;
      for (u32 item = thread; item < items; item += block.threads()) {
        u32 group = item >> view.log_lanes;
        u32 first = group & ((1u << log_step) - 1);
        u32 base = ((group >> log_step) << log_size) + first;
        u32 at[1u << LOG], x[1u << LOG];
        places<LOG>(view, item & (view.lanes() - 1), base << log_spread, log_step + log_spread, at);
#pragma unroll
        for (u32 j = 0; j < 1u << LOG; ++j) x[j] = block.load(at[j]);
        frequency<LOG, LAST>(x, first, log_size, roots);
#pragma unroll
        for (u32 j = 0; j < 1u << LOG; ++j) block.store(at[j], x[j]);
      }
    });
  }

  // The first three layers of `down`, out of a matrix. `outer` is where the lane's points are.
  template <class Outer>
  static ASSAY_DEVICE void first_down(const Block& block, const View& view, u32 log_spread, const u32* source,
                                      const u32* roots, const u32* powers, Outer outer) {
    block.phase([&](u32 thread) {
      u32 number = thread & (view.lanes() - 1);
      Lane lane(view, block.x(), number);
      u32 log_step = view.log_points - 3;
      u64 step = view.inner() << log_step;
      const u32* column = source + address(view, lane, outer(lane), 0);
      u32 rows = block.threads() >> view.log_lanes;
      for (u32 first = thread >> view.log_lanes; first < 1u << log_step; first += rows) {
        const u32* from = column + first * view.inner();
        u32 at[8], x[8];
#pragma unroll
        for (u32 j = 0; j < 8; ++j) x[j] = lane.there ? from[j * step] : 0;
        if (view.flags & SCALE_ROWS) {
#pragma unroll
          for (u32 j = 0; j < 8; ++j) {
            u32 row = ((first + (j << log_step)) << view.log_rest) + lane.rest;
            x[j] = F::multiply(x[j], power(powers, row));
          }
        }
        frequency<3, false>(x, first, view.log_points, roots);
        places<3>(view, number, first << log_spread, log_step + log_spread, at);
#pragma unroll
        for (u32 j = 0; j < 8; ++j) block.store(at[j], x[j]);
      }
    });
  }

  // LOG layers of a transform from bit-reversed to natural order, whose parts have 2^log_done points so far.
  template <u32 LOG>
  static ASSAY_DEVICE void up(const Block& block, const View& view, u32 log_done, const u32* roots) {
    block.phase([&](u32 thread) {
      u32 items = (view.points() >> LOG) << view.log_lanes;
      for (u32 item = thread; item < items; item += block.threads()) {
        u32 group = item >> view.log_lanes;
        u32 first = group & ((1u << log_done) - 1);
        u32 base = ((group >> log_done) << (log_done + LOG)) + first;
        u32 at[1u << LOG], x[1u << LOG];
        places<LOG>(view, item & (view.lanes() - 1), base, log_done, at);
#pragma unroll
        for (u32 j = 0; j < 1u << LOG; ++j) x[j] = block.load(at[j]);
#pragma unroll
        for (u32 layer = 0; layer < LOG; ++layer) {
          u32 half = 1u << layer;
          const u32* w = roots + (first << (LOG_HALF - log_done - layer - 1));
#pragma unroll
          for (u32 j = 0; j < (1u << LOG) / 2; ++j) {
            u32 low = j & (half - 1);
            u32 a = 2 * (j - low) + low;
            u32 b = a + half;
            u32 scaled = F::multiply(x[b], small_root(w, low << (LOG_HALF - layer - 1)));
            x[b] = F::subtract(x[a], scaled);
            x[a] = F::add(x[a], scaled);
          }
        }
#pragma unroll
        for (u32 j = 0; j < 1u << LOG; ++j) block.store(at[j], x[j]);
      }
    });
  }

  // Of the powers w^i in front of 2^12 of them.
  static ASSAY_DEVICE u32 small_root(const u32* roots, u32 exponent) {
    return roots[ASSAY_PLANT(1) && exponent == HALF / 4 ? exponent - 1 : exponent];
  }

  // The last LOG layers of a pass, into a matrix.
  template <u32 LOG>
  static ASSAY_DEVICE void last_down(const Block& block, const View& view, u32* target, const u32* roots) {
    block.last([&](u32 thread) {
      u32 number = thread & (view.lanes() - 1);
      Lane lane(view, block.x(), number);
      if (!lane.there) return;
      u32* column_of = target + address(view, lane, lane.outer, 0);
      u64 step = view.inner();
      bool twiddled = (view.flags & TWIDDLE) != 0;
      // From one of a thread's points to the next, in the order of their indices.
      u32 log_groups = view.log_points - LOG, log_order = view.log_points + view.log_rest;
      i32 ratio = twiddled ? static_cast<i32>(root(roots, lane.rest << log_groups, log_order)) : 0;
      u32 rows = block.threads() >> view.log_lanes;
      for (u32 group = first_point(view, thread); group < 1u << log_groups; group += rows) {
        u32 at[1u << LOG], x[1u << LOG];
        places<LOG>(view, number, group << LOG, 0, at);
#pragma unroll
        for (u32 j = 0; j < 1u << LOG; ++j) x[j] = block.load(at[j]);
        frequency<LOG, true>(x, 0, LOG, roots);
        if (twiddled) {
          u32 index = reverse_bits(group, ASSAY_PLANT(10) ? log_groups - 1 : log_groups);
          i32 scale = static_cast<i32>(root(roots, index * lane.rest, log_order));
#pragma unroll
          for (u32 j = 0; j < 1u << LOG; ++j) {
            u32 point = reverse_bits(j, LOG);
            x[point] = scaled(x[point], scale);
            scale = F::product(scale, ratio);
          }
        }
        u32* to = column_of + (group << LOG) * step;
#pragma unroll
        for (u32 j = 0; j < 1u << LOG; ++j) to[j * step] = x[j];
      }
    });
  }

  // What is left of the layers of `down` where parts have 2^log_size points: by threes, and the rest.
  static ASSAY_DEVICE void all_down(const Block& block, const View& view, u32 log_size, u32 log_spread,
                                    const u32* roots) {
    for (; log_size > 3; log_size -= 3) down<3, false>(block, view, log_size, log_spread, roots);
    if (log_size == 3) down<3, true>(block, view, 3, log_spread, roots);
    if (log_size == 2) down<2, true>(block, view, 2, log_spread, roots);
    if (log_size == 1 && !ASSAY_PLANT(2)) down<1, true>(block, view, 1, log_spread, roots);
  }

  static ASSAY_DEVICE void all_up(const Block& block, const View& view, u32 log_done, const u32* roots) {
    u32 left = view.log_points - log_done;
    for (; left >= 3; left -= 3, log_done += 3) up<3>(block, view, log_done, roots);
    if (left == 2) up<2>(block, view, log_done, roots);
    if (left == 1) up<1>(block, view, log_done, roots);
  }

  // Calls `body(lane, its number in the tile, point)` for all points of a tile, neighbours in memory to neighbouring
  // threads: of a narrow matrix points run faster than lanes.
  template <class Body>
  static ASSAY_DEVICE void each(const Block& block, const View& view, u32 thread, Body body) {
    if (view.flags & NARROW) {
      u32 groups = view.lanes() / view.width;
      u32 items = (groups * view.width) << view.log_points;
      for (u32 item = thread; item < items; item += block.threads()) {
        u32 row = item / view.width;
        u32 number = (row >> view.log_points) * view.width + (item - row * view.width);
        Lane lane(view, block.x(), number);
        if (lane.there) body(lane, number, row & (view.points() - 1));
      }
    } else {
      each_lane(block, view, thread, body);
    }
  }

  // The same, lanes always faster than points.
  template <class Body>
  static ASSAY_DEVICE void each_lane(const Block& block, const View& view, u32 thread, Body body) {
    u32 number = thread & (view.lanes() - 1);
    Lane lane(view, block.x(), number);
    if (!lane.there) return;
    u32 rows = block.threads() >> view.log_lanes;
    u32 points = ASSAY_PLANT(3) ? view.points() - view.points() / 8 : view.points();
    for (u32 point = thread >> view.log_lanes; point < points; point += rows) body(lane, number, point);
  }

  // Calls `body(point, factor)` for the points of a lane that are this thread's; from one to the next the factor is
  // multiplied by `ratio`, and the point's number, its bits reversed if REVERSED, grows by one step: by 1 if
  // REVERSED, else by as many as there are threads for a lane.
  template <bool REVERSED, class Body>
  static ASSAY_DEVICE void column(const Block& block, const View& view, u32 thread, u32 factor, u32 ratio, Body body) {
    u32 log_rows = assay_log2(block.threads()) - view.log_lanes;
    u32 first = thread >> view.log_lanes;
    u32 log_steps = view.log_points > log_rows ? view.log_points - log_rows : 0;
    if (first >= view.points()) return;
    u32 steps = ASSAY_PLANT(3) ? (7u << log_steps) / 8 : 1u << log_steps;
    i32 scale = static_cast<i32>(factor);
    for (u32 step = 0; step < steps; ++step) {
      u32 point = first + ((REVERSED ? reverse_bits(step, log_steps) : step) << log_rows);
      body(point, scale);
      scale = F::product(scale, static_cast<i32>(ratio));
    }
  }

  // The same for the thread's first point.
  static ASSAY_DEVICE u32 first_point(const View& view, u32 thread) { return thread >> view.log_lanes; }

  static ASSAY_DEVICE u32 scaled(u32 value, i32 factor) {
    return F::word(F::product(static_cast<i32>(value), factor));
  }

  // Lanes that are not there are transformed as well.
  template <class Out>
  static ASSAY_DEVICE void clear(const Block& block, const View& view, u32 thread, Out out) {
    u64 end = (static_cast<u64>(block.x()) + 1) << view.log_lanes;
    bool all = (view.flags & NARROW) == 0 && end <= view.inner() << view.log_outer;
    if (all) return;
    u32 number = thread & (view.lanes() - 1);
    if (Lane(view, block.x(), number).there) return;
    u32 rows = block.threads() >> view.log_lanes;
    for (u32 point = thread >> view.log_lanes; point < view.points(); point += rows) out(number, point, 0);
  }

  static ASSAY_DEVICE u64 address(const View& view, const Lane& lane, u32 outer, u32 point) {
    u64 at = ((static_cast<u64>(outer) << view.log_points) + point) * view.inner() + lane.within;
    return ASSAY_PLANT(4) ? static_cast<u64>(static_cast<unsigned short>(at)) : at;
  }

  // Whether the first layers are done on the way from memory: neighbouring threads have neighbouring lanes.
  static ASSAY_DEVICE bool straight(const View& view) { return (view.flags & NARROW) == 0 && view.log_points >= 3; }

  // A pass.
  static ASSAY_DEVICE void pass(const u32* source, u32* target, const View& view, const u32* roots, const u32* powers) {
    Block block;
    bool natural = (view.flags & NATURAL) != 0;
    u32 log_points = view.log_points;
    auto in = [&](u32 lane, u32 point) { return block.load(place(view, lane, point)); };
    auto out = [&](u32 lane, u32 point, u32 value) { block.store(place(view, lane, point), value); };
    auto outer = [&](const Lane& lane) { return natural ? reverse_bits(lane.outer, view.log_outer) : lane.outer; };
    auto load = [&](u32 thread) {
      clear(block, view, thread, out);
      each(block, view, thread, [&](const Lane& lane, u32 number, u32 point) {
        u32 value = source[address(view, lane, outer(lane), point)];
        if (view.flags & SCALE_ROWS) value = F::multiply(value, power(powers, (point << view.log_rest) + lane.rest));
        out(number, point, value);
      });
    };
    u32 left = log_points;
    if (straight(view) && !natural && left > 3) {
      first_down(block, view, 0, source, roots, powers, outer);
      left -= 3;
      // What is left over when layers are taken by threes comes in between: a step that writes to memory costs the
      // less the more points it has.
      if (left > 3 && left % 3 == 1) {
        down<1, false>(block, view, left, 0, roots);
        left -= 1;
      } else if (left > 3 && left % 3 == 2) {
        down<2, false>(block, view, left, 0, roots);
        left -= 2;
      }
      for (; left > 3; left -= 3) down<3, false>(block, view, left, 0, roots);
      if (left == 3) last_down<3>(block, view, target, roots);
      if (left == 2) last_down<2>(block, view, target, roots);
      if (left == 1) last_down<1>(block, view, target, roots);
      return;
    }
    if (straight(view)) {
      first_down(block, view, 0, source, roots, powers, outer);
      left -= 3;
    } else if (ASSAY_PLANT(7) && log_points > 0) {
      // Threads that do not wait for each other.
      block.phase([&](u32 thread) {
        load(thread);
        in(thread & (view.lanes() - 1), view.points() - 1);
      });
    } else {
      block.phase(load);
    }
    all_down(block, view, left, 0, roots);
    block.last([&](u32 thread) {
      u32 number = thread & (view.lanes() - 1);
      u32 first = reverse_bits(first_point(view, thread), ASSAY_PLANT(10) ? log_points - 1 : log_points);
      if (natural) {
        Lane lane(view, block.x(), number);
        if (!lane.there) return;
        u32 factor = power(powers, (first << view.log_outer) + lane.outer);
        column<true>(block, view, thread, factor, powers[2 * HALF + view.log_outer], [&](u32 point, i32 scale) {
          u64 row = (static_cast<u64>(reverse_bits(point, log_points)) << view.log_outer) + lane.outer;
          target[row * view.width + lane.within] = scaled(in(number, point), scale);
        });
      } else if (view.flags & TWIDDLE) {
        Lane lane(view, block.x(), number);
        if (!lane.there) return;
        u32 log_order = log_points + view.log_rest;
        u32* column_of = target + address(view, lane, lane.outer, 0);
        u32 factor = root(roots, first * lane.rest, log_order);
        column<true>(block, view, thread, factor, root(roots, lane.rest, log_order), [&](u32 point, i32 scale) {
          column_of[point * view.inner()] = scaled(in(number, point), scale);
        });
      } else {
        each(block, view, thread, [&](const Lane& lane, u32 mine, u32 point) {
          target[address(view, lane, lane.outer, point)] = in(mine, point);
        });
      }
    });
  }

  // The middle of an extension: the last pass of the inverse transform, the powers of the coset's shift, zeros behind
  // the coefficients, and the first pass of the transform of 2^log_added times the points. `view` is that of what is
  // read, with rest 1; its outer index is the low part of a coefficient's index, in bit-reversed order.
  static ASSAY_DEVICE void middle(const u32* source, u32* target, const View& view, u32 log_added, const u32* roots,
                                  const u32* inverse_roots, const u32* powers) {
    Block block;
    View longer = view;
    longer.log_points += log_added;
    // Points of the shorter transform lie where the longer one wants them.
    auto in = [&](u32 lane, u32 point) { return block.load(place(view, lane, point << log_added)); };
    auto out = [&](u32 lane, u32 point, u32 value) { block.store(place(view, lane, point << log_added), value); };
    auto long_in = [&](u32 lane, u32 point) { return block.load(place(view, lane, point)); };
    auto long_out = [&](u32 lane, u32 point, u32 value) { block.store(place(view, lane, point), value); };
    auto outer = [&](const Lane& lane) { return reverse_bits(lane.outer, view.log_outer); };
    u32 left = view.log_points;
    if (straight(view)) {
      first_down(block, view, log_added, source, inverse_roots, powers, outer);
      left -= 3;
    } else {
      block.phase([&](u32 thread) {
        clear(block, view, thread, out);
        each(block, view, thread, [&](const Lane& lane, u32 number, u32 point) {
          out(number, point, source[address(view, lane, outer(lane), point)]);
        });
      });
    }
    all_down(block, view, left, log_added, inverse_roots);
    // Behind each coefficient 2^log_added - 1 zeros, in bit-reversed order: the first layers only copy.
    block.phase([&](u32 thread) {
      u32 number = thread & (view.lanes() - 1);
      Lane lane(view, block.x(), number);
      u32 low = lane.there ? lane.outer : 0;
      u32 first = reverse_bits(first_point(view, thread), view.log_points);
      u32 factor = power(powers, (first << view.log_outer) + low);
      column<true>(block, view, thread, factor, powers[2 * HALF + view.log_outer], [&](u32 point, i32 scale) {
        u32 value = scaled(in(number, point), scale);
        for (u32 copy = 0; copy < (1u << log_added); ++copy) long_out(number, (point << log_added) + copy, value);
      });
    });
    all_up(block, longer, log_added, roots);
    block.last([&](u32 thread) {
      u32 number = thread & (view.lanes() - 1);
      Lane lane(view, block.x(), number);
      if (!lane.there) return;
      u32 log_order = longer.log_points + view.log_outer;
      u32 step = (block.threads() >> view.log_lanes) & (longer.points() - 1);
      u32 factor = root(roots, first_point(view, thread) * lane.outer, log_order);
      u32 ratio = root(roots, step * lane.outer, log_order);
      column<false>(block, longer, thread, factor, ratio, [&](u32 point, i32 scale) {
        u64 row = (static_cast<u64>(reverse_bits(point, longer.log_points)) << view.log_outer) + lane.outer;
        target[row * view.width + lane.within] = scaled(long_in(number, point), scale);
      });
    });
  }
};
