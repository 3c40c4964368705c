-- A result store of schema 1, as quantbench 0.1.0 (November 2026) left it after a run of its demo's grid.
PRAGMA application_id = 1363299907;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE machines (
  machine_key TEXT PRIMARY KEY,  -- measure::machine_key
  facts TEXT NOT NULL            -- JSON, measure::machine_facts
) WITHOUT ROWID;
INSERT INTO "machines" VALUES('90a55020f8d8c24deac4f940d453f0d619f2cb57b9a489acccedb78f9547087e','{"cpu":"AMD EPYC","architecture":"x86_64","usable_cores":2,"instruction_sets":["avx","f16c","fma","avx2","avx512f","avx512bw","avx512_vnni","avx_vnni","avx512_bf16"],"memory_bytes":25276510208,"system":"Linux 6.18.44-fc-v657","governor":null,"compiler":"12.2.0"}');
CREATE TABLE row_stages (
  run_id TEXT NOT NULL,
  row_index INTEGER NOT NULL,
  stage_key TEXT NOT NULL,
  PRIMARY KEY (run_id, row_index, stage_key),
  FOREIGN KEY (run_id, row_index) REFERENCES rows(run_id, row_index) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO "row_stages" VALUES('20261125-021459-47581b',0,'4dd06c14f3edcc75a28c393bf790553d7b93221e63c0f4f3e8c2976d6f796b32');
INSERT INTO "row_stages" VALUES('20261125-021459-47581b',0,'8b25b781411744444c3022af727413ccd7e25bb116f48ea96d2b1443e8b90e70');
INSERT INTO "row_stages" VALUES('20261125-021459-47581b',0,'9d78ba358fd476dae03784524659a438c53441c6bb6f5489abce5de1ed39dff0');
INSERT INTO "row_stages" VALUES('20261125-021459-47581b',1,'62abc8789bc1070f7518702afff2481fdd4c0d7a43b6d15cd95cb40cafe80a67');
INSERT INTO "row_stages" VALUES('20261125-021459-47581b',1,'7a0c5e96d03031474657e5bbe272ae6c252dabdc3721069f14f77b36c8910931');
INSERT INTO "row_stages" VALUES('20261125-021459-47581b',1,'f672be27f16fb787c85798e1966177cb788630b2f3950f051d5c8ee7d946a885');
CREATE TABLE rows (
  run_id TEXT NOT NULL REFERENCES runs(run_id) ON DELETE CASCADE,
  row_index INTEGER NOT NULL,
  status TEXT NOT NULL,          -- ok, failed, skipped
  parameters TEXT NOT NULL,      -- JSON: the benchmarked keys
  result TEXT NOT NULL,          -- JSON: the whole row
  PRIMARY KEY (run_id, row_index)
) WITHOUT ROWID;
INSERT INTO "rows" VALUES('20261125-021459-47581b',0,'ok','{"operators_to_quantize":["MatMul"],"per_channel":false,"apply_quantization":true}','{"parameters":{"operators_to_quantize":["MatMul"],"per_channel":false,"apply_quantization":true},"status":"ok","message":"","quantized":true,"quantization":{"quantized":{"Gemm":2,"MatMul":12},"left":{"Add":31,"Div":9,"Erf":2,"MatMul":4,"Mul":9,"Pow":5,"ReduceMean":10,"Relu":1,"Softmax":2,"Sqrt":5,"Sub":5},"quantized_nodes":["MatMul_23","MatMul_25","MatMul_27","MatMul_86","MatMul_100","MatMul_110","MatMul_124","MatMul_126","MatMul_128","MatMul_187","MatMul_201","MatMul_211","Gemm_227","Gemm_229"],"left_nodes":[{"node":"MatMul_61","op_type":"MatMul","reason":"both inputs are activations"},{"node":"MatMul_78","op_type":"MatMul","reason":"both inputs are activations"},{"node":"MatMul_162","op_type":"MatMul","reason":"both inputs are activations"},{"node":"MatMul_179","op_type":"MatMul","reason":"both inputs are activations"}],"conversions_inserted":24,"weight_sqnr_db":{},"clipped_fraction":{},"warnings":[]},"evaluation":{"accuracy":0.85,"latency_in_seconds":0.0008599965,"samples_per_second":1162.7954299814012,"total_time_in_seconds":0.01719993},"timings":[{"batch_size":1,"input_length":16,"nb_forwards":10,"throughput":5000.0,"latency_mean":0.2064965,"latency_std":0.030489679382538618,"latency_50":0.208096,"latency_90":0.2294792,"latency_95":0.2514086,"latency_99":0.26895212,"latency_999":0.272899412,"latencies":[0.165958,0.16057,0.216333,0.224606,0.273338,0.208802,0.220019,0.202592,0.185357,0.20739]}],"original_evaluation":{},"original_timings":[],"peak_memory_bytes":48156672,"model_bytes":1135803,"warnings":[]}');
INSERT INTO "rows" VALUES('20261125-021459-47581b',1,'ok','{"operators_to_quantize":null,"per_channel":null,"apply_quantization":false}','{"parameters":{"operators_to_quantize":null,"per_channel":null,"apply_quantization":false},"status":"ok","message":"","quantized":false,"quantization":null,"evaluation":{"accuracy":0.85,"latency_in_seconds":0.0015831772500000002,"samples_per_second":631.6412138944013,"total_time_in_seconds":0.031663545},"timings":[{"batch_size":1,"input_length":16,"nb_forwards":7,"throughput":3500.0,"latency_mean":0.30931185714285714,"latency_std":0.07214405009706736,"latency_50":0.286097,"latency_90":0.38785920000000007,"latency_95":0.4275335999999999,"latency_99":0.4592731199999999,"latency_999":0.466414512,"latencies":[0.467208,0.33496,0.269433,0.319807,0.239868,0.286097,0.24781]}],"original_evaluation":{},"original_timings":[],"peak_memory_bytes":51118080,"model_bytes":3292306,"warnings":[]}');
CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  status TEXT NOT NULL,          -- running, finished, failed, cancelled
  task TEXT NOT NULL,
  name_or_path TEXT NOT NULL,
  result TEXT NOT NULL           -- JSON, store::RunResult without its rows
);
INSERT INTO "runs" VALUES('20261125-021459-47581b','2026-11-25T02:14:59Z','2026-11-25T02:15:00Z','finished','text-classification','model','{"schema_version":1,"run_id":"20261125-021459-47581b","started_at":"2026-11-25T02:14:59Z","quantbench_version":"0.1.0","spec":{"task":"text-classification","task_args":{"is_regression":false},"model_key":"name_or_path","name_or_path":"model","dataset":{"path":"data","eval_split":"validation","data_keys":{"primary":"sentence"},"ref_keys":["label"],"name":null,"calibration_split":"train"},"metrics":["accuracy"],"batch_sizes":[1],"input_lengths":[16],"time_benchmark_args":{"duration":0.002,"warmup_runs":10},"max_eval_samples":20,"eval_batch_size":1,"protocol":"default","layout":"configuration_rows","backend":"local","backend_args":{}},"fixed":{"name_or_path":"model","dataset":{"path":"data","eval_split":"validation","data_keys":{"primary":"sentence"},"ref_keys":["label"],"name":null,"calibration_split":"train"},"framework":"onnxruntime","framework_args":{"opset":13,"optimization_level":1,"intra_op_num_threads":null},"quantization_approach":"dynamic"},"benchmarked":{"operators_to_quantize":[["MatMul"]],"per_channel":[false],"apply_quantization":[true,false]},"model_type":"distilbert","figures":[],"card":{},"evaluation_samples":20,"machine":{"cpu":"AMD EPYC","architecture":"x86_64","usable_cores":2,"instruction_sets":["avx","f16c","fma","avx2","avx512f","avx512bw","avx512_vnni","avx_vnni","avx512_bf16"],"memory_bytes":25276510208,"system":"Linux 6.18.44-fc-v657","governor":null,"compiler":"12.2.0"},"runtimes":[{"name":"onnxruntime","version":"1.32.0","providers":["AzureExecutionProvider","CPUExecutionProvider"],"build":"ORT Build Info: git-branch=HEAD, git-commit-id=fab30a4, fp8-kv-cache=1, build type=Release"}],"rows":[]}');
CREATE TABLE stages (
  stage_key TEXT PRIMARY KEY,
  stage TEXT NOT NULL,           -- "evaluate", "time", ...
  subject TEXT NOT NULL,         -- in words, for people
  machine_key TEXT NOT NULL REFERENCES machines(machine_key),
  finished_at TEXT NOT NULL,     -- ISO 8601, UTC
  seconds REAL NOT NULL,         -- wall time it took
  result TEXT NOT NULL           -- JSON
);
INSERT INTO "stages" VALUES('9d78ba358fd476dae03784524659a438c53441c6bb6f5489abce5de1ed39dff0','quantize','operators_to_quantize=[''MatMul''], per_channel=False, apply_quantization=True','90a55020f8d8c24deac4f940d453f0d619f2cb57b9a489acccedb78f9547087e','2026-11-25T02:14:59Z',0.155476001,'{"result":{"report":{"quantized":{"Gemm":2,"MatMul":12},"left":{"Add":31,"Div":9,"Erf":2,"MatMul":4,"Mul":9,"Pow":5,"ReduceMean":10,"Relu":1,"Softmax":2,"Sqrt":5,"Sub":5},"quantized_nodes":["MatMul_23","MatMul_25","MatMul_27","MatMul_86","MatMul_100","MatMul_110","MatMul_124","MatMul_126","MatMul_128","MatMul_187","MatMul_201","MatMul_211","Gemm_227","Gemm_229"],"left_nodes":[{"node":"MatMul_61","op_type":"MatMul","reason":"both inputs are activations"},{"node":"MatMul_78","op_type":"MatMul","reason":"both inputs are activations"},{"node":"MatMul_162","op_type":"MatMul","reason":"both inputs are activations"},{"node":"MatMul_179","op_type":"MatMul","reason":"both inputs are activations"}],"conversions_inserted":24,"weight_sqnr_db":{},"clipped_fraction":{},"warnings":[]},"artefact":{"content":"734db68ea8d00b71124ef2a0253c7f9ac432bfc8e9a3323acc1e07c992fca3fe","files":[{"name":"model.onnx","bytes":1135803,"sha256":"c5ba30cf947e3060073582dfb235e992174e53252ef0500d81bb8f679792baf2"}]}},"peak_memory_bytes":23244800}');
INSERT INTO "stages" VALUES('8b25b781411744444c3022af727413ccd7e25bb116f48ea96d2b1443e8b90e70','evaluate','operators_to_quantize=[''MatMul''], per_channel=False, apply_quantization=True','90a55020f8d8c24deac4f940d453f0d619f2cb57b9a489acccedb78f9547087e','2026-11-25T02:14:59Z',0.195866235,'{"result":{"figures":{"accuracy":0.85,"latency_in_seconds":0.0008599965,"samples_per_second":1162.7954299814012,"total_time_in_seconds":0.01719993},"samples":20,"streams":2,"seconds_per_sample":0.00095538485,"predictions":[0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,1,0,0,1]},"peak_memory_bytes":51937280}');
INSERT INTO "stages" VALUES('f672be27f16fb787c85798e1966177cb788630b2f3950f051d5c8ee7d946a885','evaluate','apply_quantization=False','90a55020f8d8c24deac4f940d453f0d619f2cb57b9a489acccedb78f9547087e','2026-11-25T02:14:59Z',0.287190646,'{"result":{"figures":{"accuracy":0.85,"latency_in_seconds":0.0015831772500000002,"samples_per_second":631.6412138944013,"total_time_in_seconds":0.031663545},"samples":20,"streams":2,"seconds_per_sample":0.0023566210499999995,"predictions":[0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,1,0,0,1]},"peak_memory_bytes":56340480}');
INSERT INTO "stages" VALUES('4dd06c14f3edcc75a28c393bf790553d7b93221e63c0f4f3e8c2976d6f796b32','time','batch size 1, input length 16, operators_to_quantize=[''MatMul''], per_channel=False, apply_quantization=True','90a55020f8d8c24deac4f940d453f0d619f2cb57b9a489acccedb78f9547087e','2026-11-25T02:14:59Z',0.227862055,'{"result":{"timing":{"batch_size":1,"input_length":16,"nb_forwards":10,"throughput":5000.0,"latency_mean":0.2064965,"latency_std":0.030489679382538618,"latency_50":0.208096,"latency_90":0.2294792,"latency_95":0.2514086,"latency_99":0.26895212,"latency_999":0.272899412,"latencies":[0.165958,0.16057,0.216333,0.224606,0.273338,0.208802,0.220019,0.202592,0.185357,0.20739]},"remark":""},"peak_memory_bytes":48156672}');
INSERT INTO "stages" VALUES('7a0c5e96d03031474657e5bbe272ae6c252dabdc3721069f14f77b36c8910931','time','batch size 1, input length 16, apply_quantization=False','90a55020f8d8c24deac4f940d453f0d619f2cb57b9a489acccedb78f9547087e','2026-11-25T02:15:00Z',0.247125747,'{"result":{"timing":{"batch_size":1,"input_length":16,"nb_forwards":7,"throughput":3500.0,"latency_mean":0.30931185714285714,"latency_std":0.07214405009706736,"latency_50":0.286097,"latency_90":0.38785920000000007,"latency_95":0.4275335999999999,"latency_99":0.4592731199999999,"latency_999":0.466414512,"latencies":[0.467208,0.33496,0.269433,0.319807,0.239868,0.286097,0.24781]},"remark":""},"peak_memory_bytes":51118080}');
CREATE INDEX stages_by_kind ON stages(stage, finished_at);
COMMIT;
