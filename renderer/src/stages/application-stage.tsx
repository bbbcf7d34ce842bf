import { StageFrame } from './stage-frame.tsx';

export function ApplicationStage() {
  return <StageFrame>{null}</StageFrame>;
}
