import { readFileSync } from 'node:fs';

// Neither ES2024's library nor Node's types declare it.
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => {
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  };
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

type Pointer = number;

/** The functions of the C files beside this one; what each does is said there. */
export type KernelFunctions = Readonly<{
  gray_from_rgb(source: Pointer, target: Pointer, pixels: number): void;
  darkest_from_rgb(source: Pointer, target: Pointer, pixels: number): void;
  gray_from_bits(source: Pointer, target: Pointer, width: number, height: number): void;
  bits_from_gray(source: Pointer, target: Pointer, width: number, height: number): void;
  shrink(source: Pointer, width: number, height: number, channels: number, factor: number, target: Pointer): void;
  rotate_crop(
    source: Pointer,
    width: number,
    height: number,
    target: Pointer,
    targetWidth: number,
    targetHeight: number,
    cosine: number,
    sine: number,
    centreX: number,
    centreY: number,
    channels: number,
    fill: number,
  ): void;
  turn_back(source: Pointer, width: number, height: number, channels: number, quarters: number, target: Pointer): void;
  background_tiles(
    gray: Pointer,
    width: number,
    height: number,
    tile: number,
    percent: number,
    tiles: Pointer,
    columns: number,
    rows: number,
  ): void;
  normalize_background(
    image: Pointer,
    width: number,
    height: number,
    channels: number,
    tiles: Pointer,
    columns: number,
    rows: number,
    tile: number,
    white: number,
  ): void;
  sauvola(
    gray: Pointer,
    target: Pointer,
    width: number,
    height: number,
    radius: number,
    k: number,
    alwaysBlack: number,
    sums: Pointer,
    squares: Pointer,
  ): void;
  smooth_edges(source: Pointer, width: number, height: number, target: Pointer): void;
  projection_energy(
    xs: Pointer,
    ys: Pointer,
    count: number,
    tangent: number,
    offset: number,
    bins: Pointer,
    binCount: number,
  ): number;
  ink_mask(
    gray: Pointer,
    width: number,
    height: number,
    tile: number,
    limits: Pointer,
    spans: Pointer,
    mask: Pointer,
  ): number;
  count_lower_edges(mask: Pointer, width: number, height: number): number;
  collect_lower_edges(
    mask: Pointer,
    width: number,
    height: number,
    step: number,
    most: number,
    xs: Pointer,
    ys: Pointer,
  ): void;
  clear_rules(mask: Pointer, width: number, height: number, longest: number, kept: Pointer): number;
  soften(gray: Pointer, width: number, height: number, target: Pointer): void;
  square_changes(
    gray: Pointer,
    width: number,
    size: number,
    columns: number,
    rows: number,
    sums: Pointer,
    across: Pointer,
    down: Pointer,
  ): void;
  square_between(
    gray: Pointer,
    width: number,
    size: number,
    columns: number,
    rows: number,
    dark: Pointer,
    bright: Pointer,
    counts: Pointer,
  ): void;
  count_colored(
    rgb: Pointer,
    width: number,
    size: number,
    rows: number,
    spans: Pointer,
    red: number,
    green: number,
    blue: number,
    limit: number,
  ): number;
  darkness(gray: Pointer, width: number, height: number, tile: number, tiles: Pointer, target: Pointer): void;
  count_unmatched(
    from: Pointer,
    other: Pointer,
    width: number,
    height: number,
    tile: number,
    spans: Pointer,
    least: number,
    most: number,
    slack: number,
    counts: Pointer,
  ): void;
  lost_ink(
    gray: Pointer,
    kept: Pointer,
    width: number,
    height: number,
    limit: number,
    drawn: number,
    reach: number,
    mask: Pointer,
  ): void;
  count_runs(mask: Pointer, width: number, height: number): number;
  find_pieces(mask: Pointer, width: number, height: number, smallest: number, runs: Pointer, pieces: Pointer): number;
  ink_box(mask: Pointer, width: number, height: number, box: Pointer): number;
  surface_sums(terms: Pointer, weights: Pointer, values: Pointer, count: number, sums: Pointer): void;
  step_profiles(
    image: Pointer,
    start: number,
    lineStride: number,
    depthStride: number,
    lines: number,
    limit: number,
    reach: number,
    pitch: number,
    profiles: Pointer,
  ): void;
  strongest_steps(
    profiles: Pointer,
    pitch: number,
    count: number,
    limit: number,
    reach: number,
    threshold: number,
    lines: Pointer,
    depths: Pointer,
    weights: Pointer,
  ): number;
  strongest_line(
    lines: Pointer,
    depths: Pointer,
    weights: Pointer,
    count: number,
    first: number,
    step: number,
    slopes: number,
    padding: number,
    bins: Pointer,
    binCount: number,
  ): number;
  falling_edges(
    image: Pointer,
    lines: number,
    length: number,
    lineStride: number,
    stride: number,
    lineStep: number,
    amplitude: number,
    most: number,
    widths: Pointer,
    atLines: Pointer,
    starts: Pointer,
  ): number;
  png_deflate(samples: Pointer, width: number, height: number, channels: number, target: Pointer): number;
  jbig2_encode(bits: Pointer, width: number, height: number, target: Pointer): number;
  jbig2_decode(data: Pointer, length: number, width: number, height: number, bits: Pointer): void;
}>;

/**
 * The kernels with a stack-like memory: allocate upwards, release down to a mark. Images stay in it from step to step: what
 * a function returns as pixels is there until its caller releases.
 */
export type Kernels = Readonly<{
  functions: KernelFunctions;
  allocate(bytes: number): Pointer;
  /** Allocates and copies in, unless it is there already; words take four bytes each, doubles eight. */
  load(data: Uint8Array | Int32Array | Float64Array): Pointer;
  /** Bytes that the memory has grown to. */
  size(): number;
  mark(): number;
  release(mark: number): void;
  /** Views, good until what they show is released: copy with `slice` to keep. */
  bytes(pointer: Pointer, length: number): Uint8Array<SharedArrayBuffer>;
  words(pointer: Pointer, length: number): Int32Array<SharedArrayBuffer>;
  floats(pointer: Pointer, length: number): Float32Array<SharedArrayBuffer>;
  doubles(pointer: Pointer, length: number): Float64Array<SharedArrayBuffer>;
}>;

const pageBytes = 65_536;

/** Compiles and starts the kernels with a memory of their own. */
export function openKernels(wasm: Uint8Array<ArrayBuffer> = readKernels()): Kernels {
  // Shared, because such a memory grows without an end of the views on it.
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65_536, shared: true });
  const buffers = new WeakSet<ArrayBufferLike>();
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  const { __heap_base: heapBase } = instance.exports as { __heap_base: { value: number } };
  let top = heapBase.value;
  const allocate = (bytes: number): Pointer => {
    const pointer = (top + 15) & ~15;
    top = pointer + bytes;
    const missing = top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return pointer;
  };
  const buffer = (): SharedArrayBuffer => {
    buffers.add(memory.buffer);
    return memory.buffer;
  };
  return {
    functions: instance.exports as unknown as KernelFunctions,
    allocate,
    load(data) {
      if (buffers.has(data.buffer)) return data.byteOffset;
      const pointer = allocate(data.byteLength);
      new Uint8Array(memory.buffer, pointer, data.byteLength).set(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
      return pointer;
    },
    size: () => memory.buffer.byteLength,
    mark: () => top,
    release(mark) {
      top = mark;
    },
    bytes: (pointer, length) => new Uint8Array(buffer(), pointer, length),
    words: (pointer, length) => new Int32Array(buffer(), pointer, length),
    floats: (pointer, length) => new Float32Array(buffer(), pointer, length),
    doubles: (pointer, length) => new Float64Array(buffer(), pointer, length),
  };
}

function readKernels(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL('./kernels.wasm', import.meta.url)));
}
