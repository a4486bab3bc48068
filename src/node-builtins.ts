/**
 * Node's own modules that cost memory when an ES module imports them: the import reads every export, lazy ones too, and so
 * `node:http` brings undici along for its `WebSocket` (12 MiB of 64 that an idle agent may take).
 */
export const http = process.getBuiltinModule('node:http');
export const crypto = process.getBuiltinModule('node:crypto');

/** Loaded when TLS is asked for. */
export const https = (): typeof import('node:https') => process.getBuiltinModule('node:https');
export const tls = (): typeof import('node:tls') => process.getBuiltinModule('node:tls');
