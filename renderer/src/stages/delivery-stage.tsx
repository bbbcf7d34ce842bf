import { StageFrame } from './stage-frame.tsx';

export function DeliveryStage() {
  return <StageFrame>{null}</StageFrame>;
}
