/** The little of protocol buffers that answers need. Takes any bytes: what cannot be read ends the message. */

export interface Field {
  readonly number: number;
  /** A varint, as far as a double holds it; 0 for other wire types. */
  readonly value: number;
  /** Content of a field with a length; empty for other wire types. */
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The fields of a message in order, up to the first that is cut short or malformed. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  let pos = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70 && pos < bytes.length; shift += 7) {
      const byte = bytes[pos++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return NaN;
  };
  while (pos < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    const value = wireType === 0 || wireType === 2 ? varint() : 0;
    const size = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? value : 0;
    if (Number.isNaN(tag + value) || wireType === 3 || wireType === 4 || wireType > 5 || pos + size > bytes.length)
      return;
    const content = wireType === 2 ? bytes.subarray(pos, pos + size) : NOTHING;
    pos += size;
    yield { number: Math.floor(tag / 8), value: wireType === 0 ? value : 0, bytes: content };
  }
}

/** The last field of that number, as protocol buffers have it. */
export function lastField(bytes: Uint8Array, number: number): Field | undefined {
  return [...readFields(bytes)].findLast((field) => field.number === number);
}
