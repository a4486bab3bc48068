import { compileRegexp } from '../../../src/decoder-specs.ts';
import type { DecoderFactory } from '../decoder.ts';
import { asText } from '../decoder.ts';

/** The first of `regexps` that is found: its group, else the whole match. None: the label set is left out. */
export const regexp: DecoderFactory = {
  name: 'regexp',
  make: ({ regexps = [] }) => {
    const patterns = regexps.map(compileRegexp);
    return (input, notes) => {
      const text = asText(input, notes);
      for (const pattern of patterns) {
        const found = pattern.find(text);
        if (found !== undefined) return found;
      }
      return null;
    };
  },
};
