import { StageFrame } from './stage-frame.tsx';

export function SignatureStage() {
  return <StageFrame>{null}</StageFrame>;
}
