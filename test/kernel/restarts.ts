// restarts.ts ROUNDS: loads, attaches and closes every shipped program ROUNDS times in one process, and prints what it
// holds after a tenth of the rounds and after all of them. Memory is given back before, as the agent does it once a start
// has settled (memory.ts): pages that V8 keeps for later are no leak. Run with --expose-gc.
import { readdirSync } from 'node:fs';
import { releaseMemory } from '../../native/index.ts';
import { kernelAddress } from '../../receivers/ebpf/kernel-address.ts';
import { collectGarbage } from '../../receivers/ebpf/memory.ts';
import { checkProgram, programNames, SHIPPED_PROGRAMS } from '../../receivers/ebpf/program-file.ts';
import { Program } from '../../receivers/ebpf/program.ts';

function round(): void {
  for (const name of programNames(SHIPPED_PROGRAMS)) {
    const { file } = checkProgram(SHIPPED_PROGRAMS, name);
    if (file === undefined) throw new Error(`${name} has faults`);
    Program.load(file, { mapSizes: {}, kernelAddress }).close();
  }
}

function held(): { fds: number; rss: number } {
  collectGarbage();
  releaseMemory();
  return { fds: readdirSync('/proc/self/fd').length, rss: process.memoryUsage.rss() >> 20 };
}

const rounds = Number(process.argv[2] ?? 10);
let early = held();
for (let done = 1; done <= rounds; done++) {
  round();
  if (done === Math.ceil(rounds / 10)) early = held();
}
console.log(JSON.stringify({ early, late: held(), rounds }));
