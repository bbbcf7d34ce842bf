import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import type { BridgeClient } from '../bridge/client.ts';

/** Bytes of a blob and their type, kept a few minutes: turning pages back does not read them again. */
export function blobQuery(bridge: BridgeClient, digest: string) {
  return {
    queryKey: ['blob', digest] as const,
    queryFn: async () => {
      const { bytes, mediaType } = await bridge.call('blobs.read', { digest });
      return new Blob([new Uint8Array(bytes)], { type: mediaType });
    },
    staleTime: Infinity,
    gcTime: 120_000,
    retry: false,
  };
}

export function useBlobUrl(digest: string | null): string | null {
  const bridge = useBridge();
  const { data } = useQuery({ ...blobQuery(bridge, digest ?? ''), enabled: digest !== null });
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (data === undefined) {
      setUrl(null);
      return undefined;
    }
    const made = URL.createObjectURL(data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return url;
}

type BlobImageProps = Readonly<{
  digest: string;
  alt: string;
  className?: string | undefined;
  width?: number;
  height?: number;
}>;

/** Keeps its room while the bytes come, so that nothing jumps. */
export function BlobImage({ digest, alt, className, width, height }: BlobImageProps) {
  const url = useBlobUrl(digest);
  const style = width === undefined || height === undefined ? undefined : { aspectRatio: `${width} / ${height}` };
  if (url === null) return <span role="img" aria-label={alt} className={className} style={style} />;
  return <img src={url} alt={alt} className={className} style={style} draggable={false} />;
}
