import { z } from 'zod';

/** Scanners of the network that a desk reaches through eSCL, as its administrator writes them. */
export const networkScannersSchema = z.strictObject({
  /**
   * Where announced scanners are looked for (mDNS): on every network of this machine, or on those of these addresses of
   * it. An empty list asks nobody.
   */
  discovery: z.union([z.literal('all'), z.array(z.union([z.ipv4(), z.ipv6()]))]),
  devices: z
    .array(
      z.strictObject({
        /** Root of the service, such as `https://192.0.2.7/eSCL`. */
        url: z.url({ protocol: /^https?$/u }),
        /**
         * SHA-256 of the device's certificate, as `openssl x509 -noout -fingerprint -sha256` prints it. With it, that
         * certificate and no other is taken; without it, only one that an authority of this machine vouches for.
         */
        fingerprint: z
          .string()
          .regex(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/iu)
          .nullable(),
      }),
    )
    .max(32),
});

export type NetworkScanners = z.infer<typeof networkScannersSchema>;

export const noNetworkScanners: NetworkScanners = { discovery: [], devices: [] };
