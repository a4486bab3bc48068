/** `doctor`: what this machine's kernel allows, what is missing and how to get it. Promises nothing that it has not tried. */
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { libbpfVersion } from '../../native/index.ts';
import { lockdownMode } from './attach-target.ts';
import { FallbackProgram } from './fallback-program.ts';
import { kernelAddress } from './kernel-address.ts';
import { Program } from './program.ts';
import { checkProgram, programNames, SHIPPED_PROGRAMS } from './program-file.ts';
import { formatFault } from './receiver.ts';

export interface Finding {
  readonly ok: boolean;
  readonly line: string;
}

/** Loads, attaches and at once detaches each program of `folder`. @returns `ok` false when something needed is missing. */
export async function doctor(folder: string = SHIPPED_PROGRAMS): Promise<{ ok: boolean; lines: string[] }> {
  const machine = [kernel(), btf(), tracefs(), lockdown(), privileges()];
  const programs = programNames(folder)
    .sort()
    .map((name) => tryProgram(folder, name));
  const lines = [...machine, ...programs].map(({ ok, line }) => `${ok ? 'ok     ' : 'MISSING'} ${line}`);
  return { ok: machine.every(({ ok }) => ok), lines };
}

const kernel = (): Finding => ({ ok: true, line: `kernel ${release()} ${process.arch}, libbpf ${libbpfVersion()}` });

function btf(): Finding {
  const ok = existsSync('/sys/kernel/btf/vmlinux');
  return {
    ok,
    line: ok
      ? 'kernel BTF'
      : 'kernel BTF: /sys/kernel/btf/vmlinux is not there; a kernel built with CONFIG_DEBUG_INFO_BTF has it, or set btf_path',
  };
}

function tracefs(): Finding {
  const ok = ['/sys/kernel/tracing/events', '/sys/kernel/debug/tracing/events'].some((folder) => existsSync(folder));
  return { ok, line: ok ? 'tracefs' : 'tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing' };
}

function lockdown(): Finding {
  const mode = lockdownMode();
  return {
    ok: mode !== 'confidentiality',
    line: `kernel lockdown: ${mode}${mode === 'none' ? '' : ' (fentry and fexit may be refused)'}`,
  };
}

function privileges(): Finding {
  const ok = process.getuid?.() === 0;
  return {
    ok,
    line: ok
      ? 'running as root'
      : 'not running as root: programs need CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE, and CAP_SYSLOG for kernel symbols',
  };
}

function tryProgram(folder: string, name: string): Finding {
  const { file, faults } = checkProgram(folder, name);
  if (file === undefined) return { ok: false, line: `program ${name}: ${faults.map(formatFault).join('; ')}` };
  const program = Program.load(file, { mapSizes: {}, kernelAddress });
  program.close();
  const fallback = program.object === undefined ? FallbackProgram.of(file, { name }) : undefined;
  if (fallback !== undefined)
    return { ok: true, line: `program ${name} is active (${fallback.alternative}): ${program.reason}` };
  const chosen = program.chosen.length > 0 ? ` (${program.chosen.join(' ')})` : '';
  const reason = program.reason === '' ? '' : `: ${program.reason}`;
  return {
    ok: program.state === 'active' || program.state === 'partial',
    line: `program ${name} is ${program.state}${chosen}${reason}`,
  };
}
