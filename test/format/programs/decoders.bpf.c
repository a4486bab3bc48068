// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// One map for each decoder, filled once when all programs are attached.
#include "format.bpf.h"

HASH(decoded_uint_total, 16);
HASH(decoded_hex_total, 4);
HASH(decoded_string_total, 8);
HASH(decoded_ksym_total, 8);
HASH(decoded_kstack_total, 32);
HASH(decoded_cgroup_total, 8);
HASH(decoded_dname_total, 16);
HASH(decoded_errno_total, 4);
HASH(decoded_ifname_total, 4);
HASH(decoded_ipv4_total, 4);
HASH(decoded_ipv6_total, 16);
HASH(decoded_majorminor_total, 4);
HASH(decoded_pci_vendor_total, 4);
HASH(decoded_pci_device_total, 4);
HASH(decoded_pci_class_total, 4);
HASH(decoded_pci_subclass_total, 4);
HASH(decoded_regexp_total, 16);
HASH(decoded_static_map_total, 1);
HASH(decoded_allowed_map_total, 1);
HASH(decoded_syscall_total, 4);
HASH(decoded_pair_total, 8);

const volatile void *kaddr_schedule = 0;
const volatile __u64 kaddr_vfs_read = 0;

static __always_inline void bytes(void) {
  put(&decoded_uint_total, "\x07\xee\x02\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1);
  put(&decoded_uint_total, "\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x20\x00", 2);
  put(&decoded_hex_total, "\x00\x0a\xBC\xff", 3);
  put(&decoded_string_total, "abc\0zzzz", 4);
  put(&decoded_string_total, "abc\0yyyy", 5);
  put(&decoded_string_total, "12345678", 6);
  put(&decoded_string_total, "a\"\\\n\0\0\0\0", 7);
  put(&decoded_string_total, "\xffok\0\0\0\0\0", 8);
  put(&decoded_pair_total, "a|b\0c\0\0\0", 1);
  put(&decoded_pair_total, "a\0\0\0b|c\0", 2);
  put(&decoded_regexp_total, "nginx.service\0\0", 4);
  put(&decoded_regexp_total, "user-1000.slice", 5);
  put(&decoded_regexp_total, "nothing\0\0\0\0\0\0\0\0", 6);
  put(&decoded_dname_total,
      "\x07"
      "example\x03"
      "com\0\0\0",
      1);
  put(&decoded_dname_total, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 2);
}

static __always_inline void kernel_names(void) {
  __u64 schedule = (__u64)kaddr_schedule;
  __u64 frames[4] = {schedule + 4, kaddr_vfs_read + 1, 0, schedule};
  __u64 none[4] = {0, schedule, 0, 0};
  __u64 low[4] = {1, schedule + 2, 0, 0};
  put(&decoded_kstack_total, low, 3);
  put_u64(&decoded_ksym_total, schedule, 1);
  put_u64(&decoded_ksym_total, kaddr_vfs_read, 2);
  put_u64(&decoded_ksym_total, 16, 3);
  put(&decoded_kstack_total, frames, 1);
  put(&decoded_kstack_total, none, 2);
  put_u64(&decoded_cgroup_total, bpf_get_current_cgroup_id(), 1);
  put_u64(&decoded_cgroup_total, 99999999999, 2);
}

static __always_inline void addresses(void) {
  put(&decoded_ipv4_total, "\x7f\x00\x00\x01", 1);
  put(&decoded_ipv4_total, "\xff\x0a\x00\xc8", 2);
  put(&decoded_ipv6_total, "\x20\x01\x0d\xb8\0\0\0\0\0\x01\0\0\0\0\0\x01", 1);
  put(&decoded_ipv6_total, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03", 2);
  put(&decoded_ipv6_total, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 3);
  put(&decoded_ipv6_total, "\xfe\x80\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0", 4);
  put_u32(&decoded_ifname_total, 1, 1);
  put_u32(&decoded_ifname_total, 4000000000, 2);
}

static __always_inline void numbers(void) {
  put_u32(&decoded_errno_total, 1, 1);
  put_u32(&decoded_errno_total, 110, 2);
  put_u32(&decoded_errno_total, 0, 3);
  put_u32(&decoded_errno_total, 9999, 4);
  put_u32(&decoded_syscall_total, 0, 1);
  put_u32(&decoded_syscall_total, 99999, 2);
  put(&decoded_static_map_total, "\x00", 1);
  put(&decoded_static_map_total, "\x09", 2);
  put(&decoded_allowed_map_total, "\x01", 1);
  put(&decoded_allowed_map_total, "\x09", 2);
  put_u32(&decoded_majorminor_total, (4095 << 8) | 0xfe | (0xabc << 20), 1);
  put_u32(&decoded_pci_vendor_total, 0x8086, 1);
  put_u32(&decoded_pci_vendor_total, 0xfff0, 2);
  put_u32(&decoded_pci_device_total, 0x80861237, 1);
  put_u32(&decoded_pci_device_total, 0x8086fff0, 2);
  put_u32(&decoded_pci_class_total, 0x02, 1);
  put_u32(&decoded_pci_class_total, 0xee, 2);
  put_u32(&decoded_pci_subclass_total, 0x0200, 1);
  put_u32(&decoded_pci_subclass_total, 0x02ee, 2);
}

SEC("uprobe//proc/self/exe:post_attach_mark")
int fill(void *ctx) {
  bytes();
  kernel_names();
  addresses();
  numbers();
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
