import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { init } from '@embedpdf/pdfium';
import type { WrappedPdfiumModule } from '@embedpdf/pdfium';

/** PDFium with its memory, which is a place of its own: neither files nor network nor scripts of a document are within its reach. */
export type Pdfium = Omit<WrappedPdfiumModule, 'pdfium'> &
  Readonly<{
    memory(): Uint8Array;
    allocate(byteLength: number): number;
    free(address: number): void;
  }>;

// Neither ES2024's library nor Node's types declare it.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object, imports: object) => Readonly<{ exports: object }>;
};

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the package's own types take from others that it does not bring. */
type Runtime = Readonly<{
  HEAPU8: Uint8Array;
  wasmExports: Readonly<{ malloc(byteLength: number): number; free(address: number): void }>;
}>;

/**
 * Starts PDFium from the package's file, never fetched.
 * @param megabytes that its memory may grow to; what asks for more ends in an error out of PDFium, which is then no longer fit for use
 */
export async function openPdfium(megabytes: number): Promise<Pdfium> {
  const file = readFileSync(createRequire(import.meta.url).resolve('@embedpdf/pdfium/pdfium.wasm'));
  const compiled = new WebAssembly.Module(file);
  const options = {
    instantiateWasm(imports: Imports, done: (instance: object) => void) {
      const grow = imports['env']?.['emscripten_resize_heap'];
      if (typeof grow !== 'function') throw new TypeError('another PDFium than expected');
      const limited = (byteLength: number): unknown =>
        byteLength >>> 0 > megabytes * 1024 * 1024 ? 0 : (grow as (byteLength: number) => unknown)(byteLength);
      const instance = new WebAssembly.Instance(compiled, {
        ...imports,
        env: { ...imports['env'], emscripten_resize_heap: limited },
      });
      done(instance);
      return instance.exports;
    },
    // What it says of a document may hold words of it.
    print: () => undefined,
    printErr: () => undefined,
  };
  const { pdfium, ...functions } = await init(options as Parameters<typeof init>[0]);
  const runtime = pdfium as unknown as Runtime;
  functions.FPDF_InitLibrary();
  return {
    ...functions,
    memory: () => runtime.HEAPU8,
    allocate(byteLength) {
      const address = runtime.wasmExports.malloc(byteLength);
      if (address === 0) throw new RangeError('out of memory');
      return address;
    },
    free: (address) => runtime.wasmExports.free(address),
  };
}
