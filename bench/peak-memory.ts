/** Most memory that this process has had resident so far, in MB of 10^6 bytes; pages of mapped files count. */
export function peakMemory(): number {
  // libuv gives kibibytes on every system.
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}
