import { X509Certificate, type JsonWebKey } from 'node:crypto';
import pkcs11js, { type Handle, type Template } from 'pkcs11js';
import { tlv } from './tlv.ts';

export type SoftTokenOrder = Readonly<{
  modulePath: string;
  label: string;
  pin: string;
  keyJwk: JsonWebKey;
  certificate: Uint8Array;
  certificateId: string;
}>;

export type SoftTokenAnswer = Readonly<{ isNew: boolean }> | Readonly<{ failure: string }>;

const sessionFlags = pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION;
/** DER of the curve's name (RFC 5480 §2.1.1.1). */
const curveParameters: Readonly<Record<string, string>> = {
  'P-256': '06082A8648CE3D030107',
  'P-384': '06052B81040022',
};

process.once('message', (order: SoftTokenOrder) => {
  process.send?.(answer(order), undefined, undefined, () => process.disconnect());
});

function answer(order: SoftTokenOrder): SoftTokenAnswer {
  try {
    return { isNew: writeToken(order) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : 'unknown' };
  }
}

function writeToken(order: SoftTokenOrder): boolean {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(order.modulePath);
  cryptoki.C_Initialize();
  try {
    const slots = cryptoki.C_GetSlotList(true);
    if (slots.some((slot) => cryptoki.C_GetTokenInfo(slot).label.trim() === order.label)) return false;
    const blank = slots.at(-1);
    if (blank === undefined) throw new Error('SoftHSM2 offers no slot');
    cryptoki.C_InitToken(blank, order.pin, order.label.padEnd(32));
    const slot = cryptoki.C_GetSlotList(true).find((one) => cryptoki.C_GetTokenInfo(one).label.trim() === order.label);
    if (slot === undefined) throw new Error('the new token cannot be found');
    const session = cryptoki.C_OpenSession(slot, sessionFlags);
    cryptoki.C_Login(session, pkcs11js.CKU_SO, order.pin);
    cryptoki.C_InitPIN(session, order.pin);
    cryptoki.C_Logout(session);
    cryptoki.C_Login(session, pkcs11js.CKU_USER, order.pin);
    writeObjects(cryptoki, session, order);
    cryptoki.C_Logout(session);
    cryptoki.C_CloseSession(session);
    return true;
  } finally {
    cryptoki.C_Finalize();
  }
}

function writeObjects(cryptoki: pkcs11js.PKCS11, session: Handle, order: SoftTokenOrder): void {
  const certificate = new X509Certificate(order.certificate);
  const common: Template = [
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_ID, value: Buffer.from(order.certificateId, 'hex') },
    { type: pkcs11js.CKA_LABEL, value: order.label },
  ];
  cryptoki.C_CreateObject(session, [
    ...common,
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_CERTIFICATE },
    { type: pkcs11js.CKA_CERTIFICATE_TYPE, value: pkcs11js.CKC_X_509 },
    // Mandatory in the template; readers take the subject from the value.
    { type: pkcs11js.CKA_SUBJECT, value: tlv('30') },
    { type: pkcs11js.CKA_VALUE, value: Buffer.from(order.certificate) },
  ]);
  cryptoki.C_CreateObject(session, [
    ...common,
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
    { type: pkcs11js.CKA_PRIVATE, value: true },
    { type: pkcs11js.CKA_SENSITIVE, value: true },
    { type: pkcs11js.CKA_EXTRACTABLE, value: false },
    { type: pkcs11js.CKA_SIGN, value: true },
    ...privateParts(order.keyJwk),
  ]);
  cryptoki.C_CreateObject(session, [
    ...common,
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PUBLIC_KEY },
    { type: pkcs11js.CKA_VERIFY, value: true },
    ...publicParts(certificate.publicKey.export({ format: 'jwk' })),
  ]);
}

function privateParts(key: JsonWebKey): Template {
  if (key.kty === 'EC') {
    return [
      { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_EC },
      { type: pkcs11js.CKA_EC_PARAMS, value: curveOf(key) },
      { type: pkcs11js.CKA_VALUE, value: decode(key.d) },
    ];
  }
  return [
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_RSA },
    { type: pkcs11js.CKA_MODULUS, value: decode(key.n) },
    { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: decode(key.e) },
    { type: pkcs11js.CKA_PRIVATE_EXPONENT, value: decode(key.d) },
    { type: pkcs11js.CKA_PRIME_1, value: decode(key.p) },
    { type: pkcs11js.CKA_PRIME_2, value: decode(key.q) },
    { type: pkcs11js.CKA_EXPONENT_1, value: decode(key.dp) },
    { type: pkcs11js.CKA_EXPONENT_2, value: decode(key.dq) },
    { type: pkcs11js.CKA_COEFFICIENT, value: decode(key.qi) },
  ];
}

function publicParts(key: JsonWebKey): Template {
  if (key.kty === 'EC') {
    const point = Buffer.concat([Buffer.of(4), decode(key.x), decode(key.y)]);
    return [
      { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_EC },
      { type: pkcs11js.CKA_EC_PARAMS, value: curveOf(key) },
      { type: pkcs11js.CKA_EC_POINT, value: tlv('04', point) },
    ];
  }
  return [
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_RSA },
    { type: pkcs11js.CKA_MODULUS, value: decode(key.n) },
    { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: decode(key.e) },
  ];
}

function curveOf(key: JsonWebKey): Buffer {
  const parameters = curveParameters[key.crv ?? ''];
  if (parameters === undefined) throw new Error(`no parameters for curve ${key.crv ?? ''}`);
  return Buffer.from(parameters, 'hex');
}

function decode(part: string | undefined): Buffer {
  return Buffer.from(part ?? '', 'base64url');
}
