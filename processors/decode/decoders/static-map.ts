import type { DecoderFactory } from '../decoder.ts';
import { asText } from '../decoder.ts';

export const staticMap: DecoderFactory = {
  name: 'static_map',
  make: ({ static_map: entries, allow_unknown: allowUnknown = false }) => {
    if (entries === undefined) throw new Error('static_map has no map');
    const map = new Map(Object.entries(entries));
    return (input, notes) => {
      const text = asText(input, notes);
      return map.get(text) ?? (allowUnknown ? input : `unknown:${text}`);
    };
  },
};
