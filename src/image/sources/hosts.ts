import { BlockList, isIP } from 'node:net';
import { ImageError } from '../layer.ts';

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  // The old mapping of IPv4, with the unspecified address and this machine in it.
  ['::', 96],
  ['64:ff9b::', 96],
  ['fec0::', 10],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

/** Whether the URL's host is this machine. Names that begin like an address are none. */
export function isLoopback({ hostname }: URL): boolean {
  const isAddress = isIP(hostname) === 4 && hostname.startsWith('127.');
  return isAddress || hostname === '[::1]' || /^(?:.+\.)?localhost\.?$/.test(hostname);
}

/** An address or name of a network that no registry on the internet has a reason to send anybody to. */
function isInternal(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const version = isIP(host);
  return isLoopback(url) || (version !== 0 && PRIVATE.check(host, version === 4 ? 'ipv4' : 'ipv6'));
}

/**
 * Where a registry sends its clients for a token or a blob must not be a place that only they can reach (server-side request
 * forgery), nor one that is easier to listen to. Throws an ImageError that names it; `what` begins the message.
 */
export function checkTarget(target: URL, registry: URL, isInsecure: boolean, what: string): void {
  if (target.protocol !== 'https:' && !(target.protocol === 'http:' && (isInsecure || registry.protocol === 'http:')))
    throw new ImageError(`${what} ${target.origin}, which is not https; nothing was sent there`);
  if (target.hostname !== registry.hostname && isInternal(target) && !isInternal(registry))
    throw new ImageError(`${what} ${target.origin}, which is an internal address; nothing was sent there`);
}
