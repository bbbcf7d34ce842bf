import type { Paper } from './drawn-scans.ts';

/** Seeded, so that a worst case can be drawn again. */
export type Random = Readonly<{
  next(): number;
  between(from: number, to: number): number;
  whole(from: number, to: number): number;
  pick<T>(values: readonly T[]): T;
  chance(part: number): boolean;
}>;

export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (from, to) => from + (to - from) * next(),
    whole: (from, to) => from + Math.floor((to - from + 1) * next()),
    pick: (values) => values[Math.floor(values.length * next())]!,
    chance: (part) => next() < part,
  };
}

const words =
  `el la de que y a en un ser se no haber por con su para como estar tener le lo todo pero más hacer o poder decir este ir otro ese si me ya ver porque dar cuando él muy sin vez mucho saber qué sobre mi alguno mismo yo también hasta año dos querer entre así primero desde grande eso ni nos llegar pasar tiempo ella sí día uno bien poco deber entonces poner cosa tanto hombre parecer nuestro tan donde ahora parte después vida quedar siempre creer hablar llevar dejar nada cada seguir menos nuevo encontrar algo solo decreto resolución interesado ayuntamiento expediente notificación plazo recurso reposición órgano competente solicitud registro electrónico certificado empadronamiento licencia obra urbanística tributo liquidación ejercicio domicilio Zaragoza España Aragón Ley Real artículo párrafo 39/2015 2024 1.234,56 18 nº`.split(
    ' ',
  );
const serifs = ['Nimbus Roman', 'Liberation Serif', 'C059', 'P052', 'DejaVu Serif', 'URW Bookman'];
const sans = [
  'Noto Sans',
  'Liberation Sans',
  'Nimbus Sans',
  'DejaVu Sans',
  'Carlito',
  'URW Gothic',
  'Nimbus Sans Narrow',
];
const monos = ['Liberation Mono', 'Nimbus Mono PS', 'DejaVu Sans Mono'];
const hands = ['Z003', 'Dancing Script'];

type Block = Readonly<{
  x: number;
  y: number;
  width: number;
  height: number;
  font: string;
  size: number;
  fill?: string;
  leading?: number;
  capitals?: boolean;
  ragged?: boolean;
}>;

export function sentence(random: Random, characters: number): string {
  let text = '';
  while (text.length < characters) {
    const word = random.pick(words);
    text += `${text === '' || random.chance(0.08) ? word[0]!.toUpperCase() + word.slice(1) : word}${random.chance(0.1) ? ',' : random.chance(0.06) ? '.' : ''} `;
  }
  return text.slice(0, characters).trim();
}

/** Lines of text in a box; `textLength` keeps them inside of it, whatever font the machine has. */
function block(random: Random, box: Block): string {
  const { x, y, width, height, font, size, fill = '#1b1b1b', leading = 1.35 } = box;
  const lines: string[] = [];
  const perLine = Math.floor(width / (size * 0.47));
  let at = y + size;
  while (at <= y + height) {
    const isLast = random.chance(0.12);
    const characters = isLast ? Math.floor(perLine * random.between(0.3, 0.9)) : perLine;
    let text = sentence(random, characters);
    if (box.capitals === true) text = text.toUpperCase();
    const length = isLast
      ? (width * text.length) / perLine
      : box.ragged === true
        ? width * random.between(0.86, 1)
        : width;
    lines.push(
      `<text x="${x.toFixed(1)}" y="${at.toFixed(1)}" font-family="${font}" font-size="${size.toFixed(1)}" fill="${fill}" textLength="${length.toFixed(1)}" lengthAdjust="spacingAndGlyphs">${text.replaceAll('&', '')}</text>`,
    );
    at += size * leading;
    if (isLast) at += size * 0.6;
  }
  return lines.join('');
}

function line(text: string, x: number, y: number, size: number, font: string, fill = '#1b1b1b', extra = ''): string {
  return `<text x="${x}" y="${y}" font-family="${font}" font-size="${size}" fill="${fill}" ${extra}>${text}</text>`;
}

function table(random: Random, x: number, y: number, width: number, rows: number, font: string, size: number): string {
  const columns = random.whole(3, 7);
  const rowHeight = size * random.between(1.5, 2.1);
  const stroke = random.pick(['#222', '#555', '#999']);
  const out: string[] = [];
  const edges = Array.from({ length: columns + 1 }, (_, i) => x + (width * i) / columns);
  if (random.chance(0.5))
    out.push(
      `<rect x="${x}" y="${y}" width="${width}" height="${rowHeight}" fill="${random.pick(['#ddd', '#bbb', '#333', '#d5e3f0'])}"/>`,
    );
  for (let r = 0; r <= rows; r += 1)
    out.push(`<path d="M${x},${y + r * rowHeight}h${width}" stroke="${stroke}" stroke-width="2"/>`);
  for (const edge of edges)
    out.push(`<path d="M${edge},${y}v${rows * rowHeight}" stroke="${stroke}" stroke-width="2"/>`);
  for (let r = 1; r < rows; r += 1)
    for (let c = 0; c < columns; c += 1) {
      const text =
        c === 0
          ? sentence(random, Math.floor(width / columns / size / 0.6))
          : `${random.whole(1, 9999)},${random.whole(10, 99)}`;
      out.push(
        line(
          text.slice(0, Math.floor(width / columns / size / 0.56)),
          edges[c]! + 8,
          y + (r + 0.72) * rowHeight,
          size,
          font,
        ),
      );
    }
  return out.join('');
}

function stamp(random: Random, x: number, y: number, color: string): string {
  const turn = `rotate(${random.between(-20, 20).toFixed(1)} ${x} ${y})`;
  const text = `font-family="Liberation Sans" font-weight="bold" font-size="34" fill="${color}" text-anchor="middle"`;
  return random.chance(0.5)
    ? `<g transform="${turn}"><rect x="${x - 260}" y="${y - 90}" width="520" height="180" rx="12" fill="none" stroke="${color}" stroke-width="7"/><text x="${x}" y="${y - 20}" ${text}>REGISTRO DE ENTRADA</text><text x="${x}" y="${y + 45}" ${text}>14 JUL 2026 ${random.whole(1000, 9999)}</text></g>`
    : `<g transform="${turn}"><circle cx="${x}" cy="${y}" r="150" fill="none" stroke="${color}" stroke-width="8"/><circle cx="${x}" cy="${y}" r="110" fill="none" stroke="${color}" stroke-width="3"/><text x="${x}" y="${y + 10}" ${text}>ALCALDÍA</text></g>`;
}

function signature(random: Random, x: number, y: number, color: string, width = 5): string {
  let path = `M${x},${y}`;
  for (let i = 0; i < 5; i += 1)
    path += ` q${random.between(20, 90).toFixed(0)},${random.between(-140, -20).toFixed(0)} ${random.between(40, 110).toFixed(0)},${random.between(-30, 40).toFixed(0)}`;
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round"/>`;
}

let filters = 0;

/** Something like a photograph: shapes, shades and grain. */
function photograph(random: Random, x: number, y: number, w: number, h: number, isColor: boolean): string {
  filters += 1;
  const id = `p${filters}`;
  const tone = (): string => {
    const value = random.whole(30, 225);
    return isColor
      ? `rgb(${value},${random.whole(30, 220)},${random.whole(30, 220)})`
      : `rgb(${value},${value},${value})`;
  };
  const shapes = Array.from(
    { length: 14 },
    () =>
      `<ellipse cx="${(x + random.next() * w).toFixed(0)}" cy="${(y + random.next() * h).toFixed(0)}" rx="${(random.between(0.05, 0.35) * w).toFixed(0)}" ry="${(random.between(0.05, 0.35) * h).toFixed(0)}" fill="url(#${id}${random.pick(['a', 'b'])})" opacity="0.8"/>`,
  ).join('');
  return `<defs><clipPath id="${id}c"><rect x="${x}" y="${y}" width="${w}" height="${h}"/></clipPath>
    <linearGradient id="${id}a" x2="1" y2="1"><stop offset="0" stop-color="${tone()}"/><stop offset="1" stop-color="${tone()}"/></linearGradient>
    <radialGradient id="${id}b"><stop offset="0" stop-color="${tone()}"/><stop offset="1" stop-color="${tone()}"/></radialGradient></defs>
    <g clip-path="url(#${id}c)"><rect x="${x}" y="${y}" width="${w}" height="${h}" fill="url(#${id}a)"/>${shapes}</g>`;
}

const a4 = { widthMm: 210, heightMm: 297 } as const;
const plain = { hasHead: true, isBlank: false, needsColor: false, photographs: [] } as const;
const whites = ['#fbfaf6', '#ffffff', '#f4f2ec', '#efece2', '#f8f8fc'];

/** The kinds of sheets that reach a counter. */
export const kinds: Readonly<Record<string, (random: Random) => Paper>> = {
  letter(random) {
    const font = random.pick([...serifs, ...sans]);
    const size = random.between(32, 48);
    return {
      ...a4,
      ...plain,
      kind: 'letter',
      paper: random.pick(whites),
      svg:
        line('RESOLUCIÓN DE LA DIRECCIÓN GENERAL', 230, 260, 46, font, '#111', 'font-weight="bold"') +
        block(random, {
          x: 230,
          y: 320,
          width: 1640,
          height: random.between(600, 2300),
          font,
          size,
          ragged: random.chance(0.5),
        }),
    };
  },
  small(random) {
    return {
      ...a4,
      ...plain,
      kind: 'small',
      paper: random.pick(whites),
      svg:
        block(random, {
          x: 150,
          y: 150,
          width: 930,
          height: 2600,
          font: random.pick(sans),
          size: random.between(19, 25),
          leading: 1.2,
        }) +
        block(random, {
          x: 1120,
          y: 150,
          width: 850,
          height: 2600,
          font: random.pick(serifs),
          size: random.between(19, 25),
          leading: 1.2,
        }),
    };
  },
  typed(random) {
    return {
      ...a4,
      ...plain,
      kind: 'typed',
      paper: random.pick(['#efe6cf', '#e8dcc0', '#f1ead8']),
      svg: block(random, {
        x: 300,
        y: 300,
        width: 1500,
        height: 2000,
        font: random.pick(monos),
        size: random.between(38, 46),
        leading: random.between(1.4, 2),
        fill: random.pick(['#2a2a33', '#3a3a4a', '#222']),
        ragged: true,
      }),
    };
  },
  table(random) {
    const font = random.pick(sans);
    return {
      ...a4,
      ...plain,
      kind: 'table',
      paper: random.pick(whites),
      svg:
        line('Relación de liquidaciones', 180, 220, 46, font) +
        table(random, 150, 300, 1800, random.whole(15, 36), font, random.between(24, 34)),
    };
  },
  landscape(random) {
    const font = random.pick(sans);
    return {
      widthMm: 297,
      heightMm: 210,
      ...plain,
      kind: 'landscape',
      paper: random.pick(whites),
      svg:
        line('Cuadro general de gastos', 180, 180, 46, font) +
        table(random, 150, 260, 2670, random.whole(15, 24), font, random.between(26, 34)),
    };
  },
  form(random) {
    const font = random.pick(sans);
    const out = [line('SOLICITUD DE INSCRIPCIÓN', 180, 220, 50, font, '#111', 'font-weight="bold"')];
    const ink = random.pick(['#1a2f7a', '#1c1c1c', '#274fa0']);
    for (let y = 300; y < 2300; y += 130) {
      out.push(
        `<rect x="180" y="${y}" width="1740" height="100" fill="none" stroke="#444" stroke-width="3"/>`,
        line(sentence(random, 22), 195, y + 32, 24, font, '#555'),
      );
      if (random.chance(0.7)) out.push(line(sentence(random, 30), 230, y + 88, 62, random.pick(hands), ink));
      if (random.chance(0.3))
        out.push(
          `<rect x="1700" y="${y + 25}" width="46" height="46" fill="none" stroke="#333" stroke-width="4"/><path d="M1700,${y + 25}l50,50m0,-50l-50,50" stroke="${ink}" stroke-width="6"/>`,
        );
    }
    out.push(signature(random, 1200, 2560, ink));
    return {
      ...a4,
      ...plain,
      kind: 'form',
      paper: random.pick(whites),
      svg: out.join(''),
      needsColor: ink !== '#1c1c1c',
    };
  },
  stamped(random) {
    const color = random.pick(['#b03040', '#27408b', '#7a3f98', '#2f7d4f', '#6b7fb5']);
    const font = random.pick([...serifs, ...sans]);
    return {
      ...a4,
      ...plain,
      kind: 'stamped',
      paper: random.pick(whites),
      svg:
        block(random, { x: 230, y: 320, width: 1640, height: 1300, font, size: random.between(34, 44) }) +
        stamp(random, random.between(450, 1600), random.between(1800, 2600), color) +
        signature(random, 500, 2400, '#123a8a'),
      needsColor: true,
    };
  },
  'gray stamp'(random) {
    const font = random.pick([...serifs, ...sans]);
    return {
      ...a4,
      ...plain,
      kind: 'gray stamp',
      paper: random.pick(whites),
      svg:
        block(random, { x: 230, y: 320, width: 1640, height: 1300, font, size: random.between(34, 44) }) +
        stamp(
          random,
          random.between(450, 1600),
          random.between(1800, 2600),
          random.pick(['#777', '#999', '#aaa', '#b8b8b8']),
        ),
    };
  },
  photo(random) {
    const w = random.between(500, 1100);
    const h = random.between(500, 900);
    const x = random.between(200, 800);
    const isColor = random.chance(0.6);
    return {
      ...a4,
      ...plain,
      kind: 'photo',
      paper: random.pick(whites),
      svg:
        block(random, {
          x: 200,
          y: 200,
          width: 1700,
          height: 1100,
          font: random.pick(serifs),
          size: random.between(32, 42),
        }) + photograph(random, x, 1500, w, h, isColor),
      needsColor: isColor,
      photographs: [[x / 10, 150, w / 10, h / 10]],
    };
  },
  'photo print'(random) {
    const isColor = random.chance(0.7);
    return {
      widthMm: 150,
      heightMm: 100,
      ...plain,
      kind: 'photo print',
      paper: '#ffffff',
      svg: photograph(random, 30, 30, 1440, 940, isColor),
      hasHead: false,
      needsColor: isColor,
      photographs: [[3, 3, 144, 94]],
    };
  },
  pencil(random) {
    const fill = random.pick(['#8a8a8a', '#a5a5a5', '#bdbdbd', '#cbcbcb']);
    const isTyped = random.chance(0.6);
    return {
      ...a4,
      ...plain,
      kind: 'pencil',
      paper: random.pick(whites),
      svg:
        (isTyped
          ? block(random, { x: 230, y: 320, width: 1640, height: 900, font: random.pick(serifs), size: 40 })
          : '') +
        Array.from({ length: random.whole(3, 8) }, (_, i) =>
          line(sentence(random, 40), 260, 1600 + i * 110, 70, random.pick(hands), fill),
        ).join('') +
        signature(random, 900, 2600, fill, 4),
    };
  },
  'single mark'(random) {
    const x = random.between(150, 1850);
    const y = random.between(150, 2750);
    const faint = (): string => random.pick(['#999', '#a8a8a8', '#b8b8b8', '#c8c8c8', '#d0d0d0']);
    const marks = [
      (): string => line(String(random.whole(10, 99)), x, y, 38, random.pick(sans)),
      (): string => line(`- ${random.whole(10, 99)} -`, 1000, 2850, 34, random.pick(serifs), '#333'),
      (): string => `<path d="M${x},${y}l18,22l30,-52" fill="none" stroke="#223a8a" stroke-width="6"/>`,
      (): string => signature(random, Math.min(x, 1500), y, '#1b2f7a', 5),
      (): string => line('conforme', Math.min(x, 1600), y, 80, random.pick(hands), '#a8a8a8'),
      (): string => stamp(random, Math.max(350, Math.min(x, 1700)), Math.max(300, Math.min(2600, y)), '#8fa0c8'),
      (): string =>
        `<path d="M${Math.min(x, 1300)},${y}h${random.between(300, 600).toFixed(0)}" stroke="#b5b5b5" stroke-width="4"/>`,
      (): string => line('Vº Bº', Math.min(x, 1700), y, 42, random.pick(serifs), '#666'),
      (): string => `<rect x="${Math.min(x, 1600)}" y="${y}" width="300" height="45" fill="#fff59a"/>`,
      (): string => `<path d="M${x},${y}l14,18l30,-52" fill="none" stroke="${faint()}" stroke-width="3"/>`,
      (): string => `<path d="M${x},${y}l30,30m0,-30l-30,30" stroke="${faint()}" stroke-width="2.5"/>`,
      (): string => `<path d="M${x},${y}h34" stroke="${faint()}" stroke-width="4"/>`,
      (): string => line(random.pick(['JM', 'Rv', 'ok']), x, y, 46, random.pick(hands), faint()),
      (): string => line('14 JUL 2026', Math.min(x, 1700), y, 36, 'Liberation Sans', faint()),
    ];
    return {
      ...a4,
      ...plain,
      kind: 'single mark',
      paper: random.pick(whites),
      svg: random.pick(marks)(),
      hasHead: false,
    };
  },
  blank(random) {
    const holes = random.chance(0.4)
      ? [1085, 1885].map((y) => `<circle cx="120" cy="${y}" r="29" fill="#101010"/>`).join('')
      : '';
    return {
      ...a4,
      ...plain,
      kind: 'blank',
      paper: random.pick([...whites, '#e8e6e0', '#dcd8c8']),
      svg: holes,
      hasHead: false,
      isBlank: true,
    };
  },
  bleed(random) {
    const level = random.between(0.04, 0.2);
    const shade = Math.round(245 * (1 - level));
    const mirrored = `<g transform="translate(2100 0) scale(-1 1)">${block(random, { x: 230, y: 320, width: 1640, height: 2200, font: random.pick(serifs), size: 40, fill: `rgb(${shade},${shade},${shade})` })}</g>`;
    const hasFront = random.chance(0.6);
    return {
      ...a4,
      ...plain,
      kind: hasFront ? 'bleed' : 'bleed blank',
      paper: '#f7f6f2',
      svg:
        mirrored +
        (hasFront
          ? block(random, { x: 230, y: 340, width: 1640, height: 2100, font: random.pick(serifs), size: 40 })
          : ''),
      hasHead: hasFront,
      isBlank: hasFront ? false : null,
    };
  },
  receipt(random) {
    const heightMm = random.between(90, 420);
    const font = random.pick(monos);
    return {
      widthMm: random.pick([57, 80, 80]),
      heightMm,
      ...plain,
      kind: 'receipt',
      paper: random.pick(['#f2f2f4', '#eceae6', '#e6e8ee']),
      svg: block(random, {
        x: 40,
        y: 60,
        width: 480,
        height: heightMm * 10 - 200,
        font,
        size: random.between(26, 32),
        fill: random.pick(['#333', '#555', '#777', '#4a4a70']),
        ragged: true,
      }),
    };
  },
  card(random) {
    const font = random.pick(sans);
    return {
      widthMm: 85.6,
      heightMm: 53.98,
      ...plain,
      kind: 'card',
      paper: random.pick(['#cfe0ea', '#e6d9e4', '#dfe8d2', '#f0e4d4']),
      svg:
        `<path d="M0,80C200,20 500,140 860,60M0,160C200,100 500,220 860,140M0,400C200,340 500,460 860,380" stroke="#a8c0d0" stroke-width="3" fill="none"/>` +
        photograph(random, 40, 120, 220, 290, true) +
        line('DOCUMENTO NACIONAL DE IDENTIDAD', 240, 60, 26, font, '#223') +
        Array.from({ length: 6 }, (_, i) => line(sentence(random, 22), 300, 130 + i * 60, 30, font, '#222')).join(''),
      needsColor: true,
      photographs: [[4, 12, 22, 29]],
    };
  },
  plan(random) {
    const paths = Array.from(
      { length: 40 },
      () =>
        `M${random.whole(200, 1900)},${random.whole(200, 2400)}${random.chance(0.5) ? `h${random.whole(-600, 600)}` : `v${random.whole(-600, 600)}`}`,
    ).join('');
    const circles = Array.from(
      { length: 6 },
      () =>
        `<circle cx="${random.whole(300, 1700)}" cy="${random.whole(300, 2200)}" r="${random.whole(40, 260)}" fill="none" stroke="#333" stroke-width="2"/>`,
    ).join('');
    return {
      ...a4,
      ...plain,
      kind: 'plan',
      paper: random.pick(whites),
      svg: `<rect x="100" y="100" width="1900" height="2770" fill="none" stroke="#222" stroke-width="5"/><path d="${paths}" stroke="#444" stroke-width="2.5" fill="none"/>${circles}<rect x="1200" y="2500" width="800" height="370" fill="none" stroke="#222" stroke-width="4"/>${block(random, { x: 1230, y: 2520, width: 740, height: 320, font: 'Liberation Sans', size: 34 })}`,
    };
  },
  negative(random) {
    const font = random.pick(sans);
    return {
      ...a4,
      ...plain,
      kind: 'negative',
      paper: random.pick(whites),
      svg: `<rect x="0" y="0" width="2100" height="${random.whole(300, 700)}" fill="${random.pick(['#111', '#222', '#333'])}"/>${line('Ayuntamiento de Zaragoza', 200, 200, 90, font, '#fff')}${block(random, { x: 200, y: 900, width: 1700, height: 1600, font, size: 40 })}`,
    };
  },
  'coloured paper'(random) {
    return {
      ...a4,
      ...plain,
      kind: 'coloured paper',
      paper: random.pick(['#f3c9cf', '#f5ec9a', '#bfe3c4', '#b9d6f0']),
      svg: block(random, { x: 230, y: 320, width: 1640, height: 1900, font: random.pick(serifs), size: 40 }),
      needsColor: true,
    };
  },
  a5(random) {
    return {
      widthMm: 148,
      heightMm: 210,
      ...plain,
      kind: 'a5',
      paper: random.pick(whites),
      svg: block(random, {
        x: 130,
        y: 200,
        width: 1200,
        height: 1600,
        font: random.pick([...serifs, ...sans]),
        size: random.between(30, 40),
      }),
    };
  },
  a3(random) {
    const font = random.pick(sans);
    return {
      widthMm: 420,
      heightMm: 297,
      ...plain,
      kind: 'a3',
      paper: random.pick(whites),
      svg:
        block(random, { x: 200, y: 200, width: 1800, height: 2500, font, size: 42 }) +
        table(random, 2200, 300, 1800, 30, font, 32),
    };
  },
  book(random) {
    const font = random.pick(serifs);
    filters += 1;
    const id = `b${filters}`;
    return {
      widthMm: 300,
      heightMm: 210,
      ...plain,
      kind: 'book',
      paper: random.pick(['#f4ecd8', '#f6f2e6', '#efe4ca']),
      svg:
        block(random, { x: 180, y: 200, width: 1120, height: 1650, font, size: 36 }) +
        block(random, { x: 1700, y: 200, width: 1120, height: 1650, font, size: 36 }) +
        `<defs><linearGradient id="${id}"><stop offset="0" stop-color="#000" stop-opacity="0"/><stop offset="0.5" stop-color="#000" stop-opacity="0.7"/><stop offset="1" stop-color="#000" stop-opacity="0"/></linearGradient></defs><rect x="1420" width="160" height="2100" fill="url(#${id})"/>`,
    };
  },
  capitals(random) {
    return {
      ...a4,
      ...plain,
      kind: 'capitals',
      paper: random.pick(whites),
      svg: block(random, {
        x: 230,
        y: 320,
        width: 1640,
        height: 1800,
        font: random.pick(sans),
        size: 44,
        capitals: true,
        leading: 1.6,
      }),
    };
  },
};
