/** Where open_clip keeps a parameter. */
export interface OpenClipPlace {
  readonly tensor: string;
  /** Stored as [inputs, outputs]. */
  readonly transposed: boolean;
}

/** Names outside the blocks; `text.` stands for the prefix of the text tower. */
const names: Readonly<Record<string, string>> = {
  'vision_model.embeddings.class_embedding': 'visual.class_embedding',
  'vision_model.embeddings.patch_embedding.weight': 'visual.conv1.weight',
  'vision_model.embeddings.position_embedding.weight': 'visual.positional_embedding',
  'vision_model.pre_layrnorm.weight': 'visual.ln_pre.weight',
  'vision_model.pre_layrnorm.bias': 'visual.ln_pre.bias',
  'vision_model.post_layernorm.weight': 'visual.ln_post.weight',
  'vision_model.post_layernorm.bias': 'visual.ln_post.bias',
  'visual_projection.weight': 'visual.proj',
  'text_model.embeddings.token_embedding.weight': 'text.token_embedding.weight',
  'text_model.embeddings.position_embedding.weight': 'text.positional_embedding',
  'text_model.final_layer_norm.weight': 'text.ln_final.weight',
  'text_model.final_layer_norm.bias': 'text.ln_final.bias',
  'text_projection.weight': 'text.text_projection',
};

/** Names inside a block. Queries, keys and values share a tensor, in this order. */
const blockNames: Readonly<Record<string, string>> = {
  layer_norm1: 'ln_1.',
  layer_norm2: 'ln_2.',
  'self_attn.q_proj': 'attn.in_proj_',
  'self_attn.k_proj': 'attn.in_proj_',
  'self_attn.v_proj': 'attn.in_proj_',
  'self_attn.out_proj': 'attn.out_proj.',
  'mlp.fc1': 'mlp.c_fc.',
  'mlp.fc2': 'mlp.c_proj.',
};

const blockPattern = /^(vision|text)_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)$/;

/**
 * Where open_clip keeps a parameter that Hugging Face calls `parameter`.
 *
 * @param textPrefix what stands before the tensors of the text tower
 * @throws RangeError if there is no such parameter.
 */
export function nameOpenClipTensor(parameter: string, textPrefix: '' | 'text.'): OpenClipPlace {
  const transposed = parameter.endsWith('_projection.weight');
  return { tensor: nameWithPrefix(parameter).replace(/^text\./, textPrefix), transposed };
}

function nameWithPrefix(parameter: string): string {
  const [, tower, layer, module, kind] = blockPattern.exec(parameter) ?? [];
  const name = module === undefined ? names[parameter] : blockNames[module];
  if (name === undefined) throw new RangeError(`open_clip has no place for ${parameter}`);
  if (module === undefined) return name;
  return `${tower === 'vision' ? 'visual' : 'text'}.transformer.resblocks.${layer}.${name}${kind}`;
}
