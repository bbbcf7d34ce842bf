import { pickOf } from './random-choice.ts';

/** An element of an XML text, its start tag and the texts between its children kept as they were written. */
type Element = { name: string; attributes: string[]; isEmpty: boolean; children: (Element | string)[] };

const values = [
  '',
  '#instancia',
  '#objeto',
  '#firma',
  '#propiedades',
  '#valor',
  '#otra',
  '#xpointer(/)',
  "#xpointer(id('instancia'))",
  'instancia.txt',
  './instancia.txt',
  'http://127.0.0.1:9/',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  'http://www.w3.org/2000/09/xmldsig#base64',
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  'http://www.w3.org/2000/09/xmldsig#Manifest',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/2001/04/xmlenc#sha512',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://uri.etsi.org/01903#SignedProperties',
  'http://uri.etsi.org/01903#CountersignedSignature',
  'instancia',
  'firma',
  'propiedades',
  'objeto',
  'otra',
];
const names = [
  'ds:Signature',
  'ds:SignedInfo',
  'ds:Object',
  'ds:Manifest',
  'ds:KeyInfo',
  'ds:Reference',
  'ds:Transforms',
  'ds:SignatureValue',
  'xades:QualifyingProperties',
  'xades:SignedProperties',
  'xades:CounterSignature',
  'instancia',
  'expone',
  'otra',
];
const attributeNames = ['Id', 'ID', 'id', 'xml:id', 'xml:base', 'xml:space', 'URI', 'Type', 'Target', 'Algorithm'];
const texts = ['', ' ', '\n', 'Se deniega.', '<!-- -->', '<?p i?>', '<![CDATA[x]]>', '&#120;', '&amp;', '&x;', 'AAAA'];
const prologs = ['<!DOCTYPE x [<!ENTITY x "y">]>', '<!-- <x> -->', '<?p i?>', '\ufeff', '<x/>', 'Se deniega.'];

/** An XML document with one or two random changes; `donor` is another one whose elements may stand in. */
export function mutateXml(xml: string, donor: string, random: () => number): string {
  const pick = pickOf(random);
  const root = read(xml);
  for (let count = random() < 0.3 ? 2 : 1; count > 0; count -= 1) {
    const all = listElements(root);
    change(pick(all) ?? root, all, listElements(read(donor)), random);
  }
  const changed = write(root);
  if (random() > 0.05) return changed;
  return random() < 0.7 ? `${pick(prologs) ?? ''}${changed}` : `${changed}${pick(prologs) ?? ''}`;
}

function change(element: Element, all: readonly Element[], donors: readonly Element[], random: () => number): void {
  const pick = pickOf(random);
  const parent = all.find(({ children }) => children.includes(element));
  const siblings = parent?.children ?? [];
  const place = siblings.indexOf(element);
  const named = (list: readonly Element[]): Element | undefined =>
    pick(list.filter(({ name }) => name === element.name));
  switch (Math.floor(random() * 14)) {
    case 0:
      if (place >= 0) siblings.splice(place, 1);
      return;
    case 1:
      siblings.splice(place, 0, copy(element));
      return;
    case 2: {
      const target = pick(all);
      if (target === undefined || place < 0 || listElements(element).includes(target)) return;
      siblings.splice(place, 1);
      insert(target, element, random);
      return;
    }
    case 3:
      insert(pick(all) ?? element, copy(pick(all) ?? element), random);
      return;
    case 4:
      element.name = pick(names) ?? element.name;
      return;
    case 5:
      Object.assign(element, copy(named(donors) ?? named(all) ?? element));
      return;
    case 6:
      insert(pick(all) ?? element, copy(named(donors) ?? element), random);
      return;
    case 7: {
      const inner = copy(element);
      Object.assign(element, { name: pick(names) ?? 'otra', attributes: [], isEmpty: false, children: [inner] });
      return;
    }
    case 8:
    case 9: {
      const chosen = pick(all.filter(({ attributes }) => attributes.length > 0)) ?? element;
      const which = Math.floor(random() * chosen.attributes.length);
      const name = /^[^=]*/.exec(chosen.attributes[which] ?? 'Id')?.[0] ?? 'Id';
      chosen.attributes.splice(which, 1, `${name}="${pick(values) ?? ''}"`);
      return;
    }
    case 10:
      element.attributes.push(`${pick(attributeNames) ?? 'Id'}="${pick(values) ?? ''}"`);
      return;
    case 11: {
      const chosen = pick(all.filter(({ children }) => children.some((child) => typeof child === 'string'))) ?? element;
      const which = chosen.children.findIndex((child) => typeof child === 'string');
      const text = chosen.children[which];
      if (typeof text !== 'string') return;
      const at = Math.floor(random() * (text.length + 1));
      const end = random() < 0.5 ? at : at + 1;
      chosen.children[which] = `${text.slice(0, at)}${pick(texts) ?? ''}${text.slice(end)}`;
      return;
    }
    case 12:
      insert(element, pick(texts) ?? '', random);
      return;
    default:
      element.attributes.splice(Math.floor(random() * element.attributes.length), 1);
  }
}

function insert(target: Element, child: Element | string, random: () => number): void {
  target.isEmpty = false;
  target.children.splice(Math.floor(random() * (target.children.length + 1)), 0, child);
}

function copy(element: Element): Element {
  return {
    ...element,
    attributes: [...element.attributes],
    children: element.children.map((child) => (typeof child === 'string' ? child : copy(child))),
  };
}

function listElements(element: Element): readonly Element[] {
  const children = element.children.flatMap((child) => (typeof child === 'string' ? [] : listElements(child)));
  // The first one only holds the document.
  return element.name === '' ? children : [element, ...children];
}

const token = /<\/[^>]*>|<[\w:.-]+(?:\s+[\w:.-]+="[^"]*")*\s*\/?>|[^<]+|<[^>]*>/g;

function read(xml: string): Element {
  const root: Element = { name: '', attributes: [], isEmpty: false, children: [] };
  const open: Element[] = [root];
  for (const [piece] of xml.matchAll(token)) {
    const start = /^<([\w:.-]+)/.exec(piece)?.[1];
    if (piece.startsWith('</')) {
      if (open.length > 1) open.pop();
    } else if (start === undefined) {
      open.at(-1)?.children.push(piece);
    } else {
      const attributes = [...piece.matchAll(/[\w:.-]+="[^"]*"/g)].map(([attribute]) => attribute);
      const element = { name: start, attributes, isEmpty: piece.endsWith('/>'), children: [] };
      open.at(-1)?.children.push(element);
      if (!element.isEmpty) open.push(element);
    }
  }
  return root;
}

function write(element: Element): string {
  const inside = element.children.map((child) => (typeof child === 'string' ? child : write(child))).join('');
  if (element.name === '') return inside;
  const start = [element.name, ...element.attributes].join(' ');
  return element.isEmpty ? `<${start}/>` : `<${start}>${inside}</${element.name}>`;
}
