;; Loops over parameter-sized float32 arrays that lie in one WebAssembly memory.
;;
;; Pointers are byte offsets and multiples of 16; counts are numbers of elements and multiples of 16
;; (the parameter layout pads every tensor to that). Every loop visits the elements in ascending
;; order, and a sum always adds the same numbers in the same order, so results have the same bits on
;; every machine.
(module
  (import "engine" "memory" (memory 1))

  ;; Sum of squares. Each float32 is widened before it is squared; two pairs of float64 lanes collect
  ;; elements 4i, 4i+1 and 4i+2, 4i+3, and are added at the end in that order.
  (func (export "squaredNorm") (param $x i32) (param $count i32) (result f64)
    (local $end i32) (local $v v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $v (f64x2.promote_low_f32x4 (v128.load (local.get $x))))
        (local.set $low (f64x2.add (local.get $low) (f64x2.mul (local.get $v) (local.get $v))))
        (local.set $v (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $x))))
        (local.set $high (f64x2.add (local.get $high) (f64x2.mul (local.get $v) (local.get $v))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br $next)))
    (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))
      (f64.add (f64x2.extract_lane 0 (local.get $high)) (f64x2.extract_lane 1 (local.get $high)))))

  ;; Sum of products, in float64, in the lanes and the order of squaredNorm.
  (func (export "innerProduct") (param $x i32) (param $y i32) (param $count i32) (result f64)
    (local $end i32) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $low
          (f64x2.add (local.get $low)
            (f64x2.mul
              (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $x)))
              (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $y))))))
        (local.set $high
          (f64x2.add (local.get $high)
            (f64x2.mul
              (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $x)))
              (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $y))))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br $next)))
    (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))
      (f64.add (f64x2.extract_lane 0 (local.get $high)) (f64x2.extract_lane 1 (local.get $high)))))

  ;; x <- 0
  (func (export "zero") (param $x i32) (param $count i32)
    (memory.fill (local.get $x) (i32.const 0) (i32.shl (local.get $count) (i32.const 2))))

  ;; y <- x
  (func (export "copy") (param $y i32) (param $x i32) (param $count i32)
    (memory.copy (local.get $y) (local.get $x) (i32.shl (local.get $count) (i32.const 2))))

  ;; x <- factor x
  (func (export "scale") (param $x i32) (param $count i32) (param $factor f32)
    (local $end i32) (local $f v128)
    (local.set $f (f32x4.splat (local.get $factor)))
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (v128.store (local.get $x) (f32x4.mul (v128.load (local.get $x)) (local.get $f)))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br $next))))

  ;; y <- y + factor x
  (func (export "axpy") (param $y i32) (param $x i32) (param $count i32) (param $factor f32)
    (local $end i32) (local $f v128)
    (local.set $f (f32x4.splat (local.get $factor)))
    (local.set $end (i32.add (local.get $y) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $y) (local.get $end)))
        (v128.store (local.get $y)
          (f32x4.add (v128.load (local.get $y))
            (f32x4.mul (v128.load (local.get $x)) (local.get $f))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br $next))))

  ;; z <- x + weight (y - x); z may be x or y.
  (func (export "lerp") (param $z i32) (param $x i32) (param $y i32) (param $count i32) (param $weight f32)
    (local $end i32) (local $w v128) (local $from v128)
    (local.set $w (f32x4.splat (local.get $weight)))
    (local.set $end (i32.add (local.get $z) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $z) (local.get $end)))
        (local.set $from (v128.load (local.get $x)))
        (v128.store (local.get $z)
          (f32x4.add (local.get $from)
            (f32x4.mul (local.get $w) (f32x4.sub (v128.load (local.get $y)) (local.get $from)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (local.set $z (i32.add (local.get $z) (i32.const 16)))
        (br $next))))

  ;; average <- decay average + (1 - decay) x; the second factor comes as an argument, rounded once.
  (func (export "average") (param $y i32) (param $x i32) (param $count i32) (param $decay f32) (param $rest f32)
    (local $end i32) (local $d v128) (local $r v128)
    (local.set $d (f32x4.splat (local.get $decay)))
    (local.set $r (f32x4.splat (local.get $rest)))
    (local.set $end (i32.add (local.get $y) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $y) (local.get $end)))
        (v128.store (local.get $y)
          (f32x4.add
            (f32x4.mul (local.get $d) (v128.load (local.get $y)))
            (f32x4.mul (local.get $r) (v128.load (local.get $x)))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br $next))))

  ;; One AdamW step with decoupled decay on every element:
  ;;   g <- scale g                       (read only; the stored gradient stays)
  ;;   m <- beta1 m + rest1 g             rest1 = 1 - beta1
  ;;   v <- beta2 v + rest2 g g           rest2 = 1 - beta2
  ;;   w <- keep w - size m / (root sqrt(v) + epsilon)
  ;; keep = 1 - rate decay, size = rate / (1 - beta1^t), root = 1 / sqrt(1 - beta2^t).
  (func (export "adamw")
    (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $count i32)
    (param $scale f32) (param $beta1 f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    (param $keep f32) (param $size f32) (param $root f32) (param $epsilon f32)
    (local $end i32)
    (local $vscale v128) (local $vbeta1 v128) (local $vrest1 v128) (local $vbeta2 v128) (local $vrest2 v128)
    (local $vkeep v128) (local $vsize v128) (local $vroot v128) (local $vepsilon v128)
    (local $gradient v128) (local $first v128) (local $second v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vbeta1 (f32x4.splat (local.get $beta1)))
    (local.set $vrest1 (f32x4.splat (local.get $rest1)))
    (local.set $vbeta2 (f32x4.splat (local.get $beta2)))
    (local.set $vrest2 (f32x4.splat (local.get $rest2)))
    (local.set $vkeep (f32x4.splat (local.get $keep)))
    (local.set $vsize (f32x4.splat (local.get $size)))
    (local.set $vroot (f32x4.splat (local.get $root)))
    (local.set $vepsilon (f32x4.splat (local.get $epsilon)))
    (local.set $end (i32.add (local.get $w) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $w) (local.get $end)))
        (local.set $gradient (f32x4.mul (v128.load (local.get $g)) (local.get $vscale)))
        (local.set $first
          (f32x4.add
            (f32x4.mul (local.get $vbeta1) (v128.load (local.get $m)))
            (f32x4.mul (local.get $vrest1) (local.get $gradient))))
        (v128.store (local.get $m) (local.get $first))
        (local.set $second
          (f32x4.add
            (f32x4.mul (local.get $vbeta2) (v128.load (local.get $v)))
            (f32x4.mul (local.get $vrest2) (f32x4.mul (local.get $gradient) (local.get $gradient)))))
        (v128.store (local.get $v) (local.get $second))
        (v128.store (local.get $w)
          (f32x4.sub
            (f32x4.mul (local.get $vkeep) (v128.load (local.get $w)))
            (f32x4.div
              (f32x4.mul (local.get $vsize) (local.get $first))
              (f32x4.add
                (f32x4.mul (local.get $vroot) (f32x4.sqrt (local.get $second)))
                (local.get $vepsilon)))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (br $next))))

  ;; The same step with decay towards r instead of towards zero:
  ;;   w <- w - (size m / (root sqrt(v) + epsilon) + pull (w - r))        pull = rate decay
  ;; Where w is r and m is 0, w stays r, bit for bit. The two changes are added before w takes them: a pull of
  ;; less than half of w's last digit would else be lost in every step, however many there are.
  (func (export "adamwTowards")
    (param $w i32) (param $r i32) (param $g i32) (param $m i32) (param $v i32) (param $count i32)
    (param $scale f32) (param $beta1 f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    (param $pull f32) (param $size f32) (param $root f32) (param $epsilon f32)
    (local $end i32)
    (local $vscale v128) (local $vbeta1 v128) (local $vrest1 v128) (local $vbeta2 v128) (local $vrest2 v128)
    (local $vpull v128) (local $vsize v128) (local $vroot v128) (local $vepsilon v128)
    (local $weight v128) (local $gradient v128) (local $first v128) (local $second v128)
    (local.set $vscale (f32x4.splat (local.get $scale)))
    (local.set $vbeta1 (f32x4.splat (local.get $beta1)))
    (local.set $vrest1 (f32x4.splat (local.get $rest1)))
    (local.set $vbeta2 (f32x4.splat (local.get $beta2)))
    (local.set $vrest2 (f32x4.splat (local.get $rest2)))
    (local.set $vpull (f32x4.splat (local.get $pull)))
    (local.set $vsize (f32x4.splat (local.get $size)))
    (local.set $vroot (f32x4.splat (local.get $root)))
    (local.set $vepsilon (f32x4.splat (local.get $epsilon)))
    (local.set $end (i32.add (local.get $w) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $w) (local.get $end)))
        (local.set $gradient (f32x4.mul (v128.load (local.get $g)) (local.get $vscale)))
        (local.set $first
          (f32x4.add
            (f32x4.mul (local.get $vbeta1) (v128.load (local.get $m)))
            (f32x4.mul (local.get $vrest1) (local.get $gradient))))
        (v128.store (local.get $m) (local.get $first))
        (local.set $second
          (f32x4.add
            (f32x4.mul (local.get $vbeta2) (v128.load (local.get $v)))
            (f32x4.mul (local.get $vrest2) (f32x4.mul (local.get $gradient) (local.get $gradient)))))
        (v128.store (local.get $v) (local.get $second))
        (local.set $weight (v128.load (local.get $w)))
        (v128.store (local.get $w)
          (f32x4.sub
            (local.get $weight)
            (f32x4.add
              (f32x4.div
                (f32x4.mul (local.get $vsize) (local.get $first))
                (f32x4.add
                  (f32x4.mul (local.get $vroot) (f32x4.sqrt (local.get $second)))
                  (local.get $vepsilon)))
              (f32x4.mul (local.get $vpull)
                (f32x4.sub (local.get $weight) (v128.load (local.get $r)))))))
        (local.set $w (i32.add (local.get $w) (i32.const 16)))
        (local.set $r (i32.add (local.get $r) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (br $next))))

  ;; Products of one row with a matrix that lies in an array. Here pointers and counts may be any multiple
  ;; of 4 bytes and any number: the last elements of a row go one by one.

  ;; y <- y + factor x
  (func $addScaled (param $y i32) (param $x i32) (param $count i32) (param $factor f32)
    (local $end i32) (local $last i32) (local $f v128)
    (local.set $f (f32x4.splat (local.get $factor)))
    (local.set $end (i32.add (local.get $y) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $last (i32.add (local.get $y) (i32.shl (i32.and (local.get $count) (i32.const -4)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $y) (local.get $last)))
        (v128.store (local.get $y)
          (f32x4.add (v128.load (local.get $y))
            (f32x4.mul (v128.load (local.get $x)) (local.get $f))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $y (i32.add (local.get $y) (i32.const 16)))
        (br $next)))
    (block $over
      (loop $one
        (br_if $over (i32.ge_u (local.get $y) (local.get $end)))
        (f32.store (local.get $y)
          (f32.add (f32.load (local.get $y))
            (f32.mul (f32.load (local.get $x)) (local.get $factor))))
        (local.set $x (i32.add (local.get $x) (i32.const 4)))
        (local.set $y (i32.add (local.get $y) (i32.const 4)))
        (br $one))))

  ;; y <- y + a X, with a [rows], X [rows, columns], y [columns]
  (func (export "addRowProduct") (param $y i32) (param $a i32) (param $x i32) (param $rows i32) (param $columns i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $rows) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (call $addScaled (local.get $y) (local.get $x) (local.get $columns) (f32.load (local.get $a)))
        (local.set $x (i32.add (local.get $x) (i32.shl (local.get $columns) (i32.const 2))))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (br $next))))

  ;; Y <- Y + a^T x, with a [rows], x [columns], Y [rows, columns]
  (func (export "addOuterProduct") (param $y i32) (param $a i32) (param $x i32) (param $rows i32) (param $columns i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $rows) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $end)))
        (call $addScaled (local.get $y) (local.get $x) (local.get $columns) (f32.load (local.get $a)))
        (local.set $y (i32.add (local.get $y) (i32.shl (local.get $columns) (i32.const 2))))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (br $next))))

  ;; y <- X a, with X [rows, columns], a [columns], y [rows]. Elements 4i to 4i + 3 go to four sums, which
  ;; are added in order at the end, then the last elements.
  (func (export "multiplyColumn") (param $y i32) (param $x i32) (param $a i32) (param $rows i32) (param $columns i32)
    (local $yEnd i32) (local $end i32) (local $last i32) (local $at i32) (local $sums v128) (local $sum f32)
    (local.set $yEnd (i32.add (local.get $y) (i32.shl (local.get $rows) (i32.const 2))))
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $columns) (i32.const 2))))
    (local.set $last (i32.add (local.get $a) (i32.shl (i32.and (local.get $columns) (i32.const -4)) (i32.const 2))))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $y) (local.get $yEnd)))
        (local.set $sums (v128.const i32x4 0 0 0 0))
        (local.set $at (local.get $a))
        (block $summed
          (loop $next
            (br_if $summed (i32.ge_u (local.get $at) (local.get $last)))
            (local.set $sums
              (f32x4.add (local.get $sums)
                (f32x4.mul (v128.load (local.get $x)) (v128.load (local.get $at)))))
            (local.set $x (i32.add (local.get $x) (i32.const 16)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $next)))
        (local.set $sum
          (f32.add
            (f32.add
              (f32.add (f32x4.extract_lane 0 (local.get $sums)) (f32x4.extract_lane 1 (local.get $sums)))
              (f32x4.extract_lane 2 (local.get $sums)))
            (f32x4.extract_lane 3 (local.get $sums))))
        (block $over
          (loop $one
            (br_if $over (i32.ge_u (local.get $at) (local.get $end)))
            (local.set $sum
              (f32.add (local.get $sum) (f32.mul (f32.load (local.get $x)) (f32.load (local.get $at)))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br $one)))
        (f32.store (local.get $y) (local.get $sum))
        (local.set $y (i32.add (local.get $y) (i32.const 4)))
        (br $row)))))
