# The plug-in points. To add a plug-in, add a file to one of these directories.
quantbench_registry(TARGET quantbench MODULE stages HEADER registry.h TYPE StageRegistry
  NOUN "stage" FUNCTION stages DIRECTORY stages)
quantbench_registry(TARGET quantbench MODULE execute HEADER strategy.h TYPE StrategyRegistry
  NOUN "strategy" FUNCTION strategies DIRECTORY search/strategies)
quantbench_registry(TARGET quantbench MODULE backend HEADER backend.h TYPE BackendRegistry
  NOUN "backend" FUNCTION backends DIRECTORY backend/backends)
quantbench_registry(TARGET quantbench MODULE model HEADER architecture.h TYPE ArchitectureRegistry
  NOUN "model_type" FUNCTION architectures DIRECTORY model/architectures)
quantbench_registry(TARGET quantbench MODULE model HEADER heads/text_heads.h TYPE TextHeadRegistry
  NOUN "head" FUNCTION text_heads DIRECTORY model/heads/text)
quantbench_registry(TARGET quantbench MODULE dataset HEADER dataset.h TYPE FormatRegistry
  NOUN "data set format" FUNCTION formats DIRECTORY dataset/formats)
quantbench_registry(TARGET quantbench MODULE preprocess HEADER image_decoder.h
  TYPE ImageDecoderRegistry NOUN "image format" FUNCTION image_decoders
  DIRECTORY preprocess/image_decoders)
quantbench_registry(TARGET quantbench MODULE metric HEADER registry.h TYPE MetricRegistry
  NOUN "metric" FUNCTION metrics DIRECTORY metric/metrics)
quantbench_registry(TARGET quantbench MODULE task HEADER task.h TYPE TaskRegistry
  NOUN "task" FUNCTION tasks DIRECTORY task/tasks)
quantbench_registry(TARGET quantbench MODULE runtime HEADER session.h TYPE RuntimeRegistry
  NOUN "framework" FUNCTION runtimes DIRECTORY runtime/runtimes)
quantbench_registry(TARGET quantbench MODULE report HEADER registry.h TYPE LayoutRegistry
  NOUN "layout" FUNCTION layouts DIRECTORY report/layouts report/card/layouts)
quantbench_registry(TARGET quantbench MODULE quantize HEADER pattern.h TYPE PatternRegistry
  NOUN "exclusion pattern" FUNCTION patterns DIRECTORY quantize/patterns)
quantbench_registry(TARGET quantbench MODULE quantize HEADER preset.h TYPE PresetRegistry
  NOUN "preset" FUNCTION presets DIRECTORY quantize/presets)
quantbench_registry(TARGET quantbench MODULE calibrate HEADER calibrator.h TYPE CalibratorRegistry
  NOUN "calibration method" FUNCTION calibrators DIRECTORY calibrate/calibrators)
quantbench_registry(TARGET quantbench MODULE quantize HEADER dynamic_operator.h
  TYPE DynamicOperatorRegistry NOUN "operator kind" FUNCTION dynamic_operators
  DIRECTORY quantize/dynamic_operators)
quantbench_registry(TARGET quantbench MODULE quantize HEADER static_operator.h
  TYPE StaticOperatorRegistry NOUN "operator kind" FUNCTION static_operators
  DIRECTORY quantize/static_operators)
quantbench_registry(TARGET quantbench MODULE graph HEADER pass.h TYPE PassRegistry
  NOUN "graph pass" FUNCTION passes DIRECTORY graph/passes)
quantbench_registry(TARGET quantbench MODULE quantize HEADER approach.h TYPE ApproachRegistry
  NOUN "quantization approach" FUNCTION approaches DIRECTORY quantize/approaches)
quantbench_registry(TARGET quantbench MODULE measure HEADER fitness.h TYPE CheckRegistry
  NOUN "check of the machine" FUNCTION checks DIRECTORY measure/checks)
