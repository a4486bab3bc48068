import type { Action } from './command.ts';

export const runDoctor: Action = async (_values, context) => {
  const { ok, lines } = await context.doctor();
  context.out(`${lines.join('\n')}\n`);
  return ok ? 0 : 1;
};
