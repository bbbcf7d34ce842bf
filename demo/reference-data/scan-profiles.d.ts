import type { ScanProfile } from '../../core/contract/schemas/scan-profile.ts';
/** Settings of the ministry's digitisation guide (2019, figure 1), at 300 ppp where a reader needs it. */
export declare const scanProfiles: readonly ScanProfile[];
