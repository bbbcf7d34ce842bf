/**
 * Where everything stands on the scanner's test sheet, in millimetres from the upper left corner of an upright A4. The
 * document that is printed and the measurement that reads it share these figures and nothing else: who moves something
 * raises `testSheetVersion`, which the sheet's codes carry.
 */
export const testSheetVersion = 1;

export type SheetPoint = Readonly<{ x: number; y: number }>;
export type SheetBox = Readonly<{ left: number; top: number; width: number; height: number }>;

export const sheetSize = { width: 210, height: 297 } as const;

/** Round black marks, their centres: geometry is measured on them. Nothing else is printed within `dotClearance`. */
export const dotDiameter = 3;
export const dotClearance = 5;
const dotColumns = [15, 60, 105, 150, 195];
const dotRows = [15, 59.5, 104, 148.5, 193, 237.5, 282];

/** The marks of each side of the sheet, corners included: on an upright sheet from left to right and from top to bottom. */
export const dotSides = {
  top: dotColumns.map((x): SheetPoint => ({ x, y: 15 })),
  bottom: dotColumns.map((x): SheetPoint => ({ x, y: 282 })),
  left: dotRows.map((y): SheetPoint => ({ x: 15, y })),
  right: dotRows.map((y): SheetPoint => ({ x: 195, y })),
} as const satisfies Readonly<Record<string, readonly SheetPoint[]>>;

/** Each mark once. */
export const dots: readonly SheetPoint[] = [
  ...dotSides.top,
  ...dotSides.left.slice(1, -1),
  ...dotSides.right.slice(1, -1),
  ...dotSides.bottom,
];

/** Two codes far from each other. Any one of them tells which it is, and so roughly where the rest is. */
export const codeBoxes: readonly SheetBox[] = [
  { left: 28, top: 44, width: 30, height: 30 },
  { left: 152, top: 225, width: 30, height: 30 },
];
/** A code of this text has 29 modules (version 3) and 4 modules of white margin on each side, all inside of its box. */
export const codeModules = 29;
export const codeQuietModules = 4;

/**
 * Bands over the whole width, two white (of bare paper) and two black: a column of the sensor that is dead, hot or dirty
 * shows in both of a kind, a speck on the sheet in one.
 */
export const whiteBands: readonly SheetBox[] = [
  { left: 0, top: 21, width: 210, height: 8 },
  { left: 0, top: 268, width: 210, height: 8 },
];
export const blackBands: readonly SheetBox[] = [
  { left: 8, top: 31, width: 194, height: 8 },
  { left: 8, top: 258, width: 194, height: 8 },
];

/** Patches from black to white; `gray` as in PDF, 0 black and 1 white. */
export const grayPatches: readonly (SheetBox & Readonly<{ gray: number }>)[] = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
  (gray, index) => ({ gray, left: 27 + index * 26, top: 84, width: 26, height: 15 }),
);

/** Black squares turned clockwise, so that their edges cross the rows and columns of any sensor slowly (ISO 12233). */
export const slantDegrees = 5;
export const slantedSide = 22;
export const slantedSquares: readonly SheetPoint[] = [
  { x: 46, y: 140 },
  { x: 164, y: 140 },
  { x: 105, y: 172 },
  { x: 46, y: 204 },
  { x: 164, y: 204 },
];

/** Rulers for people: whoever holds a ruler to them knows whether the printer kept the size. */
export const horizontalRuler = { left: 30, top: 108, length: 150 } as const;
export const verticalRuler = { left: 76, top: 125, length: 100 } as const;

/** Content of a code: `VENTANILLA HOJA DE PRUEBA 1 0F3A… 1`: version, 16 hexadecimal digits, which of `codeBoxes`. */
export function testSheetCode(sheetId: string, box: number): string {
  return `VENTANILLA HOJA DE PRUEBA ${testSheetVersion} ${sheetId} ${box}`;
}

/** What a code read from an image says; null when it is not of a test sheet. */
export function parseTestSheetCode(text: string): Readonly<{ version: number; sheetId: string; box: number }> | null {
  const match = /^VENTANILLA HOJA DE PRUEBA (\d{1,3}) ([0-9A-F]{16}) ([01])$/u.exec(text);
  if (match === null) return null;
  return { version: Number(match[1]), sheetId: match[2] ?? '', box: Number(match[3]) };
}
