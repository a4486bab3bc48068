// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

// Rounds up, so that 2^result is an inclusive upper bound of v: 0 and 1 give 0, 2 gives 1, 3 and 4 give 2.
static __always_inline __u32 log2_ceil(__u64 v) {
  if (v < 2) return 0;
  v -= 1;
  __u32 result = 1, shift;
  shift = (v > 0xffffffff) << 5, v >>= shift, result += shift;
  shift = (v > 0xffff) << 4, v >>= shift, result += shift;
  shift = (v > 0xff) << 3, v >>= shift, result += shift;
  shift = (v > 0xf) << 2, v >>= shift, result += shift;
  shift = (v > 0x3) << 1, v >>= shift, result += shift;
  return result + (v > 1);
}

// Nanoseconds to microseconds, rounded up. Below 4.29 s a multiplication stands for the division, which costs
// several times as much: 274877907 is 2^38 / 1000 rounded up, which is exact for each 32-bit value.
static __always_inline __u64 ns_to_us_ceil(__u64 ns) {
  ns += 999;
  if (ns >> 32) return ns / 1000;
  return (ns * 274877907ULL) >> 38;
}
