/*
 * Preloaded into a program that has no clock port on its command line: its machine's clock is off by so many milliseconds.
 */
const offsetMs = Number(process.env['VENTANILLA_CLOCK_OFFSET_MS'] ?? '0');
const machineNow = Date.now.bind(Date);

globalThis.Date = new Proxy(Date, {
  construct: (target, words: unknown[], newTarget) =>
    Reflect.construct(target, words.length === 0 ? [machineNow() + offsetMs] : words, newTarget) as object,
  get: (target, name, receiver) =>
    name === 'now' ? () => machineNow() + offsetMs : (Reflect.get(target, name, receiver) as unknown),
});
