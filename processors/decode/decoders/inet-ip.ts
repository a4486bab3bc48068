import type { DecoderFactory } from '../decoder.ts';
import { asBytes } from '../decoder.ts';
import { toHex } from './hex.ts';

/** 4 or 16 bytes in network order; a mapped IPv4 address is written as IPv4. */
export const inetIp: DecoderFactory = {
  name: 'inet_ip',
  make: () => (input) => {
    const bytes = asBytes(input);
    if (bytes.length === 4) return bytes.join('.');
    if (bytes.length !== 16) return `?${toHex(bytes)}`;
    return isMapped(bytes) ? bytes.subarray(12).join('.') : ipv6(bytes);
  },
};

const isMapped = (bytes: Uint8Array): boolean =>
  bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);

const text = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');

/** RFC 5952: lower case, no leading zeros, `::` for the longest run of two zero groups or more, the first of equals. */
function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1]);
  const { start, length } = longestZeros(groups);
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
