/** What the work on a picture depends on, as far as it is known before decoding. */
export interface ViewWork {
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Numbers of the views to be made. */
  readonly missing: readonly number[];
}

/**
 * Work from which threads are worth their start, in milliseconds of one core. They take 0.3 to 0.4 s to start; on two cores
 * the two ways are even at 0.9 s, before the tower's blocking is counted, which speaks for threads.
 */
const MIN_WORK = 1000;
/** Milliseconds to decode a megabyte of JPEG. PNG takes a fourth of that, AVIF several times as much. */
const DECODE_TIME_PER_MEGABYTE = 30;
/** Milliseconds to make a view, and on top of that for each megabyte of JPEG, which has about 4 million pixels. */
const VIEW_TIME = 3;
const VIEW_TIME_PER_MEGABYTE = 60;

/**
 * Whether making views is enough work for worker threads. The number of pictures does not tell: a hundred thumbnails are less
 * work than five photographs of a telephone.
 */
export function isWorthThreads(work: readonly ViewWork[]): boolean {
  return work.reduce((sum, picture) => sum + estimateTime(picture), 0) >= MIN_WORK;
}

/** In milliseconds, from measurements on one core; right within a factor of four for most files. */
function estimateTime({ bytes, missing }: ViewWork): number {
  const megabytes = bytes / 1e6;
  return (
    DECODE_TIME_PER_MEGABYTE * megabytes + missing.length * (VIEW_TIME + VIEW_TIME_PER_MEGABYTE * megabytes)
  );
}
