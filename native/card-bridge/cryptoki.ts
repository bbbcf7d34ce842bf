/** Numbers of PKCS #11 v2.40 that this bridge decides on (OASIS pkcs11-curr, annex). */
export const slotFlag = { tokenPresent: 0x1 } as const;

export const tokenFlag = {
  userPinInitialized: 0x8,
  protectedAuthenticationPath: 0x100,
  tokenInitialized: 0x400,
  userPinCountLow: 0x1_0000,
  userPinFinalTry: 0x2_0000,
  userPinLocked: 0x4_0000,
} as const;

export const sessionFlag = { serial: 0x4 } as const;
export const userType = { user: 1, contextSpecific: 2 } as const;

export const objectClass = { certificate: 1, publicKey: 2, privateKey: 3 } as const;

export const attribute = {
  class: 0x0,
  label: 0x3,
  value: 0x11,
  certificateType: 0x80,
  id: 0x102,
  alwaysAuthenticate: 0x202,
} as const;

export const mechanism = {
  rsaPkcs: 0x1,
  sha256RsaPkcs: 0x40,
  sha384RsaPkcs: 0x41,
  sha512RsaPkcs: 0x42,
  ecdsa: 0x1041,
} as const;

export const result = {
  ok: 0x0,
  cancel: 0x1,
  generalError: 0x5,
  functionFailed: 0x6,
  deviceError: 0x30,
  deviceRemoved: 0x32,
  functionCanceled: 0x50,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLengthRange: 0xa2,
  pinExpired: 0xa3,
  pinLocked: 0xa4,
  sessionClosed: 0xb0,
  sessionCount: 0xb1,
  sessionHandleInvalid: 0xb3,
  tokenNotPresent: 0xe0,
  tokenNotRecognized: 0xe1,
  userAlreadyLoggedIn: 0x100,
  userNotLoggedIn: 0x101,
  userPinNotInitialized: 0x102,
  userAnotherAlreadyLoggedIn: 0x104,
  functionRejected: 0x200,
} as const;

/** A Cryptoki function answered something else than CKR_OK. */
export class CryptokiError extends Error {
  readonly value: number;

  constructor(value: number, functionName: string) {
    super(`${functionName} answered 0x${value.toString(16)}`);
    this.name = 'CryptokiError';
    this.value = value;
  }
}

/** The value that a pkcs11js or koffi call failed with; null for a failure of another kind. */
export function failureValue(error: unknown): number | null {
  if (error instanceof CryptokiError) return error.value;
  if (error instanceof Error && 'code' in error && typeof error.code === 'number' && error.message.startsWith('CKR_'))
    return error.code;
  return null;
}

/** A card that was pulled answers any of these, depending on module and moment; `CKR_DEVICE_REMOVED` is the rarest. */
export function maySpeakOfRemoval(value: number): boolean {
  const suspects: readonly number[] = [
    result.generalError,
    result.functionFailed,
    result.deviceError,
    result.deviceRemoved,
    result.sessionClosed,
    result.sessionHandleInvalid,
    result.tokenNotPresent,
    result.tokenNotRecognized,
    result.userNotLoggedIn,
  ];
  return suspects.includes(value);
}
