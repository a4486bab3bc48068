// Exit status 0 when node_modules holds what package-lock.json names and the package given as argument.
// Plain JavaScript, since it runs before Node 24 is there. npm keeps its own record in node_modules/.package-lock.json.
import { existsSync, readFileSync } from 'node:fs';

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
const installed = packagesOf('node_modules/.package-lock.json');
const isInstalled = ([path, entry]) => path === '' || entry.optional || installed[path]?.integrity === entry.integrity;
const wanted = Object.entries(packagesOf('package-lock.json'));
const platformPackage = `node_modules/${process.argv[2]}`;
process.exitCode = wanted.every(isInstalled) && existsSync(`${platformPackage}/bin/node`) ? 0 : 1;
