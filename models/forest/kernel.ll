; Made by tools/forest_kernel.py: numba 0.68.1, llvmlite 0.50.0

define void @sweep(i64 %a0, i64 %a1, i64 %a2, i64 %a3, ptr noalias readonly %a4, ptr noalias readonly %a5, ptr noalias readonly %a6, ptr noalias readonly %a7, ptr noalias readonly %a8, ptr noalias readonly %a9, ptr noalias readonly %a10, ptr noalias readonly %a11, ptr noalias readonly %a12, ptr noalias writeonly %a13, ptr noalias %a14, ptr noalias %a15, ptr noalias %a16, ptr noalias %a17, ptr noalias %a18) local_unnamed_addr {
  %.391.i = getelementptr i64, ptr %a8, i64 %a3
  %.392.i = load i64, ptr %.391.i, align 8, !noalias !0
  %.677.i = shl nsw i64 %a2, 1
  %1 = add nuw i64 %a0, 511
  %.896.i = lshr i64 %1, 9
  %.875.inv.i = icmp slt i64 %a0, 1
  %.9181398.not1401.i = icmp eq i64 %.896.i, 0
  %.9181398.not.i = select i1 %.875.inv.i, i1 true, i1 %.9181398.not1401.i
  br i1 %.9181398.not.i, label %_ZN6models6forest8compiled5sweepB2v1B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a7bool_2a10float32_2a8int64_2a8int32_2a8uint8_2a8uint8_2a8uint8_2a8int32_2a10float32_2a9uint32_2a8uint8_2a8int64_2a8uint8_2a.exit, label %B672.if.lr.ph.i

B672.if.lr.ph.i:                                  ; preds = %0
  %spec.select1379.i = tail call i64 @llvm.smax.i64(i64 %a2, i64 0)
  %.10731382.not.i = icmp slt i64 %a2, 1
  %spec.select1376.i = tail call i64 @llvm.smax.i64(i64 %a3, i64 0)
  %.18841395.not.i = icmp slt i64 %a3, 1
  br label %B672.if.i

B670.loopexit.i:                                  ; preds = %B1088.loopexit.i, %B1058.i
  %.918.i = icmp sgt i64 %.864.01399.i, 1
  br i1 %.918.i, label %B672.if.i, label %_ZN6models6forest8compiled5sweepB2v1B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a7bool_2a10float32_2a8int64_2a8int32_2a8uint8_2a8uint8_2a8uint8_2a8int32_2a10float32_2a9uint32_2a8uint8_2a8int64_2a8uint8_2a.exit

B1018.i:                                          ; preds = %B938.if.i
  %2 = getelementptr i8, ptr %.1298.i, i64 %.1504.01380.i
  %.1723.i = load i8, ptr %2, align 1, !noalias !0
  br label %B1036.i

B1036.i:                                          ; preds = %B938.if.i, %B1018.i
  %"$phi1036.3.2.3.i" = phi i8 [ %.1723.i, %B1018.i ], [ -1, %B938.if.i ]
  %3 = getelementptr i8, ptr %18, i64 %.1504.01380.i
  store i8 %"$phi1036.3.2.3.i", ptr %3, align 1, !noalias !0
  %.1560.i = icmp samesign ugt i64 %.1507.01381.i, 1
  br i1 %.1560.i, label %B938.if.i, label %B1056.i

B1056.i:                                          ; preds = %B1036.i, %_ZN6models6forest8compiled5_rankB3v12B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedExxib5ArrayIfLi1E1C7mutable7alignedE5ArrayIfLi1E1C7mutable7alignedE5ArrayIjLi1E1C7mutable7alignedE5ArrayIhLi1E1C7mutable7alignedE.exit.i
  %.1073.i = icmp sgt i64 %.1020.01384.i, 1
  br i1 %.1073.i, label %B754.if.i, label %B1058.i

B1058.i:                                          ; preds = %B1056.i, %B672.if.i
  br i1 %.18841395.not.i, label %B670.loopexit.i, label %B1088.if.lr.ph.i

B1088.if.lr.ph.i:                                 ; preds = %B1058.i
  %spec.select1378.i = tail call i64 @llvm.smax.i64(i64 %.13.i.i, i64 0)
  %.29071392.not.i = icmp slt i64 %.961.i, 1
  br label %B1088.if.i

B1088.loopexit.i:                                 ; preds = %B1544.if.i, %B1514.i
  %.1884.i = icmp sgt i64 %.1831.01397.i, 1
  br i1 %.1884.i, label %B1088.if.i, label %B670.loopexit.i

B1210.loopexit.i:                                 ; preds = %B1348.if.i
  %.2229.i = add nsw i64 %.2167.01391.i, -1
  %.2233.i = add i64 %.2164.01390.i, 1
  %.2220.i = icmp sgt i64 %.2167.01391.i, 1
  br i1 %.2220.i, label %B1210.if.i, label %B1514.i

B1514.i:                                          ; preds = %B1210.loopexit.i, %B1088.if.i
  br i1 %.29071392.not.i, label %B1088.loopexit.i, label %B1544.if.lr.ph.i

B1544.if.lr.ph.i:                                 ; preds = %B1514.i
  %.3024.i = mul i64 %.1828.01396.i, %a0
  %4 = getelementptr i32, ptr %a13, i64 %.3024.i
  br label %B1544.if.i

B672.if.i:                                        ; preds = %B670.loopexit.i, %B672.if.lr.ph.i
  %.861.01400.i = phi i64 [ 0, %B672.if.lr.ph.i ], [ %.931.i, %B670.loopexit.i ]
  %.864.01399.i = phi i64 [ %.896.i, %B672.if.lr.ph.i ], [ %.927.i, %B670.loopexit.i ]
  %.927.i = add nsw i64 %.864.01399.i, -1
  %.931.i = add nuw i64 %.861.01400.i, 512
  %.961.i = sub nsw i64 %a0, %.861.01400.i
  %.13.i.i = tail call i64 @llvm.smin.i64(i64 %.961.i, i64 512)
  br i1 %.10731382.not.i, label %B1058.i, label %B754.if.lr.ph.i

B754.if.lr.ph.i:                                  ; preds = %B672.if.i
  %.183441.not.i.i = icmp slt i64 %.961.i, 1
  br label %B754.if.i

B754.if.i:                                        ; preds = %B754.if.lr.ph.i, %B1056.i
  %.1020.01384.i = phi i64 [ %spec.select1379.i, %B754.if.lr.ph.i ], [ %.1082.i, %B1056.i ]
  %.1017.01383.i = phi i64 [ 0, %B754.if.lr.ph.i ], [ %.1086.i, %B1056.i ]
  %.1082.i = add nsw i64 %.1020.01384.i, -1
  %.1086.i = add nuw nsw i64 %.1017.01383.i, 1
  %5 = getelementptr i8, ptr %a6, i64 %.1017.01383.i
  %.1176.i = load i8, ptr %5, align 1, !noalias !0
  %.1179.not.i = icmp eq i8 %.1176.i, 0
  %.1226.idx.i = shl i64 %.1017.01383.i, 10
  %.1226.i = getelementptr i8, ptr %a7, i64 %.1226.idx.i
  %.1296.i = shl i64 %.1017.01383.i, 9
  %.1298.i = getelementptr i8, ptr %a16, i64 %.1296.i
  br i1 %.183441.not.i.i, label %B230.preheader.i.i, label %B38.if.lr.ph.i.i

B38.if.lr.ph.i.i:                                 ; preds = %B754.if.i
  %6 = getelementptr i32, ptr %a5, i64 %.1017.01383.i
  %.1145.i = load i32, ptr %6, align 4, !noalias !0
  %.224.i.i = sext i32 %.1145.i to i64
  %invariant.gep.i.i = getelementptr float, ptr %a4, i64 %.224.i.i
  br label %B38.if.i.i

B230.preheader.i.i:                               ; preds = %B38.if.i.i, %B754.if.i
  %lost.2.0.lcssa.i.i = phi i1 [ false, %B754.if.i ], [ %.365.i.i, %B38.if.i.i ]
  tail call void @llvm.memset.p0.i64(ptr noundef nonnull align 4 dereferenceable(2048) %a15, i8 0, i64 2048, i1 false), !noalias !3
  br i1 %.1179.not.i, label %B548.if.i.i.preheader, label %B290.if.i.i

B548.if.i.i.preheader:                            ; preds = %B488.i.i, %B230.preheader.i.i
  br label %B548.if.i.i

B488.i.i:                                         ; preds = %B368.if.i.i
  %.629.i.i = add nsw i64 %.567.0451.i.i, -1
  %.633.i.i = add nuw nsw i64 %.564.0450.i.i, 1
  %7 = getelementptr i32, ptr %a15, i64 %.564.0450.i.i
  %.887.i.i = shl i32 %.845.i.i, 4
  store i32 %.887.i.i, ptr %7, align 4, !noalias !3
  %.620.i.i = icmp samesign ugt i64 %.567.0451.i.i, 1
  br i1 %.620.i.i, label %B290.if.i.i, label %B548.if.i.i.preheader

B38.if.i.i:                                       ; preds = %B38.if.i.i, %B38.if.lr.ph.i.i
  %lost.2.0444.i.i = phi i1 [ false, %B38.if.lr.ph.i.i ], [ %.365.i.i, %B38.if.i.i ]
  %.128.0443.i.i = phi i64 [ %.13.i.i, %B38.if.lr.ph.i.i ], [ %.192.i.i, %B38.if.i.i ]
  %.125.0442.i.i = phi i64 [ 0, %B38.if.lr.ph.i.i ], [ %.196.i.i, %B38.if.i.i ]
  %.192.i.i = add nsw i64 %.128.0443.i.i, -1
  %.196.i.i = add nuw nsw i64 %.125.0442.i.i, 1
  %.222.i.i = add nsw i64 %.125.0442.i.i, %.861.01400.i
  %.265.i.i = mul i64 %.222.i.i, %a1
  %gep.i.i = getelementptr float, ptr %invariant.gep.i.i, i64 %.265.i.i
  %.270.i.i = load float, ptr %gep.i.i, align 4, !noalias !3
  %8 = getelementptr float, ptr %a14, i64 %.125.0442.i.i
  store float %.270.i.i, ptr %8, align 4, !noalias !3
  %.363.i.i = fcmp uno float %.270.i.i, 0.000000e+00
  %.365.i.i = or i1 %lost.2.0444.i.i, %.363.i.i
  %.183.i.i = icmp samesign ugt i64 %.128.0443.i.i, 1
  br i1 %.183.i.i, label %B38.if.i.i, label %B230.preheader.i.i

B290.if.i.i:                                      ; preds = %B230.preheader.i.i, %B488.i.i
  %.567.0451.i.i = phi i64 [ %.629.i.i, %B488.i.i ], [ 512, %B230.preheader.i.i ]
  %.564.0450.i.i = phi i64 [ %.633.i.i, %B488.i.i ], [ 0, %B230.preheader.i.i ]
  %9 = getelementptr float, ptr %a14, i64 %.564.0450.i.i
  %.840.i.i = load float, ptr %9, align 4, !noalias !3
  br label %B368.if.i.i

B368.if.i.i:                                      ; preds = %B368.if.i.i, %B290.if.i.i
  %at.7.1449.i.i = phi i32 [ 0, %B290.if.i.i ], [ %.845.i.i, %B368.if.i.i ]
  %.692.0448.i.i = phi i64 [ 15, %B290.if.i.i ], [ %.754.i.i, %B368.if.i.i ]
  %.689.0447.i.i = phi i64 [ 15, %B290.if.i.i ], [ %.758.i.i, %B368.if.i.i ]
  %.754.i.i = add nsw i64 %.692.0448.i.i, -1
  %.758.i.i = add nuw nsw i64 %.689.0447.i.i, 16
  %.808.i.i = getelementptr float, ptr %.1226.i, i64 %.689.0447.i.i
  %.809.i.i = load float, ptr %.808.i.i, align 4, !noalias !3
  %.841.i.i = fcmp olt float %.809.i.i, %.840.i.i
  %.844.i.i = zext i1 %.841.i.i to i32
  %.845.i.i = add i32 %at.7.1449.i.i, %.844.i.i
  %.745.i.i = icmp samesign ugt i64 %.692.0448.i.i, 1
  br i1 %.745.i.i, label %B368.if.i.i, label %B488.i.i

B548.if.i.i:                                      ; preds = %B548.if.i.i.preheader, %B548.if.i.i
  %.922.0453.i.i = phi i64 [ %.985.i.i, %B548.if.i.i ], [ 512, %B548.if.i.i.preheader ]
  %.919.0452.i.i = phi i64 [ %.989.i.i, %B548.if.i.i ], [ 0, %B548.if.i.i.preheader ]
  %.985.i.i = add nsw i64 %.922.0453.i.i, -1
  %.989.i.i = add nuw nsw i64 %.919.0452.i.i, 1
  %10 = getelementptr i32, ptr %a15, i64 %.919.0452.i.i
  %.1047.i.i = load i32, ptr %10, align 4, !noalias !3
  %11 = getelementptr float, ptr %a14, i64 %.919.0452.i.i
  %.1078.i.i = load float, ptr %11, align 4, !noalias !3
  %.1083.i.i = zext i32 %.1047.i.i to i64
  %12 = getelementptr float, ptr %.1226.i, i64 %.1083.i.i
  %.1111.i.i = getelementptr i8, ptr %12, i64 28
  %.1112.i.i = load float, ptr %.1111.i.i, align 4, !noalias !3
  %.1114.i.i = fcmp olt float %.1112.i.i, %.1078.i.i
  %.1131.i.i = select i1 %.1114.i.i, i64 8, i64 0
  %.1132.i.i = add nuw nsw i64 %.1131.i.i, %.1083.i.i
  %13 = getelementptr float, ptr %.1226.i, i64 %.1132.i.i
  %.1165.i.i = getelementptr i8, ptr %13, i64 12
  %.1166.i.i = load float, ptr %.1165.i.i, align 4, !noalias !3
  %.1168.i.i = fcmp olt float %.1166.i.i, %.1078.i.i
  %.1184.i.i = select i1 %.1168.i.i, i64 4, i64 0
  %.1185.i.i = add nuw nsw i64 %.1132.i.i, %.1184.i.i
  %14 = getelementptr float, ptr %.1226.i, i64 %.1185.i.i
  %.1218.i.i = getelementptr i8, ptr %14, i64 4
  %.1219.i.i = load float, ptr %.1218.i.i, align 4, !noalias !3
  %.1221.i.i = fcmp olt float %.1219.i.i, %.1078.i.i
  %.1237.i.i = select i1 %.1221.i.i, i64 2, i64 0
  %.1238.i.i = add nuw nsw i64 %.1185.i.i, %.1237.i.i
  %.1268.i.i = getelementptr float, ptr %.1226.i, i64 %.1238.i.i
  %.1269.i.i = load float, ptr %.1268.i.i, align 4, !noalias !3
  %.1271.i.i = fcmp olt float %.1269.i.i, %.1078.i.i
  %.1289.i.i = zext i1 %.1271.i.i to i64
  %.1290.i.i = add nuw nsw i64 %.1238.i.i, %.1289.i.i
  %.1295.i.i = trunc i64 %.1290.i.i to i8
  %15 = getelementptr i8, ptr %.1298.i, i64 %.919.0452.i.i
  store i8 %.1295.i.i, ptr %15, align 1, !noalias !3
  %.976.i.i = icmp samesign ugt i64 %.922.0453.i.i, 1
  br i1 %.976.i.i, label %B548.if.i.i, label %_ZN6models6forest8compiled5_rankB3v12B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedExxib5ArrayIfLi1E1C7mutable7alignedE5ArrayIfLi1E1C7mutable7alignedE5ArrayIjLi1E1C7mutable7alignedE5ArrayIhLi1E1C7mutable7alignedE.exit.i

_ZN6models6forest8compiled5_rankB3v12B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedExxib5ArrayIfLi1E1C7mutable7alignedE5ArrayIfLi1E1C7mutable7alignedE5ArrayIjLi1E1C7mutable7alignedE5ArrayIhLi1E1C7mutable7alignedE.exit.i: ; preds = %B548.if.i.i
  %.1398.i = add nuw nsw i64 %.1017.01383.i, %a2
  %"$phi870.3.2.2.i" = select i1 %lost.2.0.lcssa.i.i, i64 %.1398.i, i64 %.1017.01383.i
  %16 = getelementptr i64, ptr %a17, i64 %.1017.01383.i
  store i64 %.1017.01383.i, ptr %16, align 8, !noalias !0
  %17 = getelementptr i64, ptr %a17, i64 %.1398.i
  store i64 %"$phi870.3.2.2.i", ptr %17, align 8, !noalias !0
  br i1 %lost.2.0.lcssa.i.i, label %B938.preheader.i, label %B1056.i

B938.preheader.i:                                 ; preds = %_ZN6models6forest8compiled5_rankB3v12B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedExxib5ArrayIfLi1E1C7mutable7alignedE5ArrayIfLi1E1C7mutable7alignedE5ArrayIjLi1E1C7mutable7alignedE5ArrayIhLi1E1C7mutable7alignedE.exit.i
  %.1782.i = shl i64 %.1398.i, 9
  %18 = getelementptr i8, ptr %a16, i64 %.1782.i
  br label %B938.if.i

B938.if.i:                                        ; preds = %B938.preheader.i, %B1036.i
  %.1507.01381.i = phi i64 [ 512, %B938.preheader.i ], [ %.1569.i, %B1036.i ]
  %.1504.01380.i = phi i64 [ 0, %B938.preheader.i ], [ %.1573.i, %B1036.i ]
  %.1569.i = add nsw i64 %.1507.01381.i, -1
  %.1573.i = add nuw nsw i64 %.1504.01380.i, 1
  %19 = getelementptr float, ptr %a14, i64 %.1504.01380.i
  %.1631.i = load float, ptr %19, align 4, !noalias !0
  %.1663.i = fcmp uno float %.1631.i, 0.000000e+00
  br i1 %.1663.i, label %B1036.i, label %B1018.i

B1088.if.i:                                       ; preds = %B1088.loopexit.i, %B1088.if.lr.ph.i
  %.1831.01397.i = phi i64 [ %spec.select1376.i, %B1088.if.lr.ph.i ], [ %.1893.i, %B1088.loopexit.i ]
  %.1828.01396.i = phi i64 [ 0, %B1088.if.lr.ph.i ], [ %.1897.i, %B1088.loopexit.i ]
  tail call void @llvm.memset.p0.i64(ptr noundef nonnull align 1 dereferenceable(512) %a18, i8 0, i64 512, i1 false), !noalias !0
  %.1893.i = add nsw i64 %.1831.01397.i, -1
  %.1897.i = add nuw nsw i64 %.1828.01396.i, 1
  %20 = getelementptr i64, ptr %a8, i64 %.1828.01396.i
  %.2108.i = load i64, ptr %20, align 8, !noalias !0
  %21 = getelementptr i8, ptr %20, i64 8
  %.2140.i = load i64, ptr %21, align 8, !noalias !0
  %.2177.i = sub i64 %.2140.i, %.2108.i
  %.22201389.not.i = icmp slt i64 %.2177.i, 1
  br i1 %.22201389.not.i, label %B1514.i, label %B1210.if.i

B1210.if.i:                                       ; preds = %B1088.if.i, %B1210.loopexit.i
  %.2167.01391.i = phi i64 [ %.2229.i, %B1210.loopexit.i ], [ %.2177.i, %B1088.if.i ]
  %.2164.01390.i = phi i64 [ %.2233.i, %B1210.loopexit.i ], [ %.2108.i, %B1088.if.i ]
  %.2271.i = icmp slt i64 %.2164.01390.i, 0
  %.2272.i = select i1 %.2271.i, i64 %.392.i, i64 0
  %22 = getelementptr i32, ptr %a9, i64 %.2164.01390.i
  %.2286.i = getelementptr i32, ptr %22, i64 %.2272.i
  %.2287.i = load i32, ptr %.2286.i, align 4, !noalias !0
  %.2289.i = sext i32 %.2287.i to i64
  %.2302.i = icmp slt i32 %.2287.i, 0
  %.2303.i = select i1 %.2302.i, i64 %.677.i, i64 0
  %23 = getelementptr i64, ptr %a17, i64 %.2303.i
  %.2317.i = getelementptr i64, ptr %23, i64 %.2289.i
  %.2318.i = load i64, ptr %.2317.i, align 8, !noalias !0
  %.2337.i = icmp slt i64 %.2318.i, 0
  %.2338.i = select i1 %.2337.i, i64 %.677.i, i64 0
  %.2339.i = add i64 %.2338.i, %.2318.i
  %.2356.i = shl i64 %.2339.i, 9
  %.2358.i = getelementptr i8, ptr %a16, i64 %.2356.i
  %24 = getelementptr i8, ptr %a10, i64 %.2164.01390.i
  %.2418.i = getelementptr i8, ptr %24, i64 %.2272.i
  %.2419.i = load i8, ptr %.2418.i, align 1, !noalias !0
  %25 = getelementptr i8, ptr %a11, i64 %.2164.01390.i
  %.2448.i = getelementptr i8, ptr %25, i64 %.2272.i
  %.2449.i = load i8, ptr %.2448.i, align 1, !noalias !0
  %26 = getelementptr i8, ptr %a12, i64 %.2164.01390.i
  %.2478.i = getelementptr i8, ptr %26, i64 %.2272.i
  %.2479.i = load i8, ptr %.2478.i, align 1, !noalias !0
  br label %B1348.if.i

B1348.if.i:                                       ; preds = %B1348.if.i, %B1210.if.i
  %.2553.01388.i = phi i64 [ 512, %B1210.if.i ], [ %.2615.i, %B1348.if.i ]
  %.2550.01387.i = phi i64 [ 0, %B1210.if.i ], [ %.2619.i, %B1348.if.i ]
  %.2615.i = add nsw i64 %.2553.01388.i, -1
  %.2619.i = add nuw nsw i64 %.2550.01387.i, 1
  %27 = getelementptr i8, ptr %a18, i64 %.2550.01387.i
  %.2677.i = load i8, ptr %27, align 1, !noalias !0
  %.2679.i = icmp eq i8 %.2677.i, %.2449.i
  %28 = getelementptr i8, ptr %.2358.i, i64 %.2550.01387.i
  %.2710.i = load i8, ptr %28, align 1, !noalias !0
  %.2712.i = icmp ugt i8 %.2710.i, %.2419.i
  %.2713.i = and i1 %.2679.i, %.2712.i
  %.2479..i = select i1 %.2713.i, i8 %.2479.i, i8 0
  %.2765.i = add i8 %.2479..i, %.2677.i
  store i8 %.2765.i, ptr %27, align 1, !noalias !0
  %.2606.i = icmp samesign ugt i64 %.2553.01388.i, 1
  br i1 %.2606.i, label %B1348.if.i, label %B1210.loopexit.i

B1544.if.i:                                       ; preds = %B1544.if.i, %B1544.if.lr.ph.i
  %.2854.01394.i = phi i64 [ %spec.select1378.i, %B1544.if.lr.ph.i ], [ %.2916.i, %B1544.if.i ]
  %.2851.01393.i = phi i64 [ 0, %B1544.if.lr.ph.i ], [ %.2920.i, %B1544.if.i ]
  %.2916.i = add nsw i64 %.2854.01394.i, -1
  %.2920.i = add nuw nsw i64 %.2851.01393.i, 1
  %29 = getelementptr i8, ptr %a18, i64 %.2851.01393.i
  %.2974.i = load i8, ptr %29, align 1, !noalias !0
  %.2976.i = add nuw nsw i64 %.2851.01393.i, %.861.01400.i
  %.3005.i = icmp slt i64 %.2976.i, 0
  %.3006.i = select i1 %.3005.i, i64 %a0, i64 0
  %30 = getelementptr i32, ptr %4, i64 %.2976.i
  %.3028.i = getelementptr i32, ptr %30, i64 %.3006.i
  %.3029.i = zext i8 %.2974.i to i32
  store i32 %.3029.i, ptr %.3028.i, align 4, !noalias !0
  %.2907.i = icmp sgt i64 %.2854.01394.i, 1
  br i1 %.2907.i, label %B1544.if.i, label %B1088.loopexit.i

_ZN6models6forest8compiled5sweepB2v1B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a7bool_2a10float32_2a8int64_2a8int32_2a8uint8_2a8uint8_2a8uint8_2a8int32_2a10float32_2a9uint32_2a8uint8_2a8int64_2a8uint8_2a.exit: ; preds = %B670.loopexit.i, %0
  ret void
}

define void @descend(i64 %a0, i64 %a1, i64 %a2, i64 %a3, i64 %a4, ptr noalias readonly %a5, ptr noalias readonly %a6, ptr noalias readonly %a7, ptr noalias readonly %a8, ptr noalias writeonly %a9, ptr noalias %a10, ptr noalias %a11) local_unnamed_addr noimplicitfloat {
  %.529741.not.i = icmp slt i64 %a0, 1
  br i1 %.529741.not.i, label %_ZN6models6forest8compiled7descendB3v13B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxx10float32_2a9uint32_2a10float32_2a9uint32_2a8int32_2a9uint32_2a10float32_2a.exit, label %B428.if.lr.ph.i

B428.if.lr.ph.i:                                  ; preds = %0
  %spec.select724.i = tail call i64 @llvm.smax.i64(i64 %a1, i64 0)
  %.650725.not.i = icmp slt i64 %a1, 1
  %storemerge678.i = tail call i64 @llvm.smax.i64(i64 %a3, i64 0)
  %.911728.not.i = icmp slt i64 %a3, 1
  %.1094734.not.i = icmp slt i64 %a4, 1
  %1 = shl nuw i64 %storemerge678.i, 2
  br label %B428.if.i

B426.loopexit.i:                                  ; preds = %B1192.if.i, %B1192.preheader.i
  %.529.i = icmp sgt i64 %.475.0743.i, 1
  br i1 %.529.i, label %B428.if.i, label %_ZN6models6forest8compiled7descendB3v13B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxx10float32_2a9uint32_2a10float32_2a9uint32_2a8int32_2a9uint32_2a10float32_2a.exit

B742.i:                                           ; preds = %B462.if.i, %B428.if.i
  br i1 %.911728.not.i, label %B800.i, label %B772.if.i.preheader

B772.if.i.preheader:                              ; preds = %B742.i
  tail call void @llvm.memcpy.p0.p0.i64(ptr align 4 %a10, ptr align 4 %a8, i64 %1, i1 false), !noalias !6
  br label %B800.i

B800.i:                                           ; preds = %B772.if.i.preheader, %B742.i
  br i1 %.1094734.not.i, label %B1192.preheader.i, label %B830.if.i

B830.loopexit.i:                                  ; preds = %B864.if.i, %B830.if.i
  %.1094.i = icmp samesign ugt i64 %.1041.0735.i, 1
  br i1 %.1094.i, label %B830.if.i, label %B1192.preheader.i

B1192.preheader.i:                                ; preds = %B830.loopexit.i, %B800.i
  br i1 %.911728.not.i, label %B426.loopexit.i, label %B1192.if.lr.ph.i

B1192.if.lr.ph.i:                                 ; preds = %B1192.preheader.i
  %invariant.gep.i = getelementptr i32, ptr %a9, i64 %.472.0742.i
  br label %B1192.if.i

B428.if.i:                                        ; preds = %B426.loopexit.i, %B428.if.lr.ph.i
  %.475.0743.i = phi i64 [ %a0, %B428.if.lr.ph.i ], [ %.538.i, %B426.loopexit.i ]
  %.472.0742.i = phi i64 [ 0, %B428.if.lr.ph.i ], [ %.542.i, %B426.loopexit.i ]
  %.538.i = add nsw i64 %.475.0743.i, -1
  %.542.i = add nuw nsw i64 %.472.0742.i, 1
  br i1 %.650725.not.i, label %B742.i, label %B462.if.lr.ph.i

B462.if.lr.ph.i:                                  ; preds = %B428.if.i
  %.733.i = mul i64 %.472.0742.i, %a1
  %2 = getelementptr float, ptr %a5, i64 %.733.i
  br label %B462.if.i

B462.if.i:                                        ; preds = %B462.if.i, %B462.if.lr.ph.i
  %.597.0727.i = phi i64 [ %spec.select724.i, %B462.if.lr.ph.i ], [ %.659.i, %B462.if.i ]
  %.594.0726.i = phi i64 [ 0, %B462.if.lr.ph.i ], [ %.663.i, %B462.if.i ]
  %.659.i = add nsw i64 %.597.0727.i, -1
  %.663.i = add nuw nsw i64 %.594.0726.i, 1
  %.737.i = getelementptr float, ptr %2, i64 %.594.0726.i
  %.738.i = load float, ptr %.737.i, align 4, !noalias !6
  %.772.idx.i = shl i64 %.594.0726.i, 3
  %.772.i = getelementptr i8, ptr %a11, i64 %.772.idx.i
  store float %.738.i, ptr %.772.i, align 4, !noalias !6
  %.776.i = fcmp uno float %.738.i, 0.000000e+00
  %..738.i = select i1 %.776.i, float 0x7FF0000000000000, float %.738.i
  %.822.i = getelementptr i8, ptr %.772.i, i64 4
  store float %..738.i, ptr %.822.i, align 4, !noalias !6
  %.650.i = icmp sgt i64 %.597.0727.i, 1
  br i1 %.650.i, label %B462.if.i, label %B742.i

B830.if.i:                                        ; preds = %B800.i, %B830.loopexit.i
  %.1041.0735.i = phi i64 [ %.1103.i, %B830.loopexit.i ], [ %a4, %B800.i ]
  %.1103.i = add nsw i64 %.1041.0735.i, -1
  br i1 %.911728.not.i, label %B830.loopexit.i, label %B864.if.i

B864.if.i:                                        ; preds = %B830.if.i, %B864.if.i
  %.1159.0733.i = phi i64 [ %.1221.i, %B864.if.i ], [ %storemerge678.i, %B830.if.i ]
  %.1156.0732.i = phi i64 [ %.1225.i, %B864.if.i ], [ 0, %B830.if.i ]
  %.1221.i = add nsw i64 %.1159.0733.i, -1
  %.1225.i = add nuw nsw i64 %.1156.0732.i, 1
  %3 = getelementptr i32, ptr %a10, i64 %.1156.0732.i
  %.1279.i = load i32, ptr %3, align 4, !noalias !6
  %.1280.i = zext i32 %.1279.i to i64
  %.1326.i = shl nuw nsw i64 %.1280.i, 1
  %.1330.i = getelementptr i32, ptr %a6, i64 %.1326.i
  %.1331.i = load i32, ptr %.1330.i, align 4, !noalias !6
  %4 = lshr i32 %.1331.i, 9
  %.1335.i = zext nneg i32 %4 to i64
  %.1361.i = getelementptr float, ptr %a11, i64 %.1335.i
  %.1362.i = load float, ptr %.1361.i, align 4, !noalias !6
  %5 = getelementptr float, ptr %a7, i64 %.1326.i
  %.1412.i = getelementptr i8, ptr %5, i64 4
  %.1413.i = load float, ptr %.1412.i, align 4, !noalias !6
  %.1414.i = fcmp ogt float %.1362.i, %.1413.i
  %.1419.i = and i32 %.1331.i, 511
  %.1421.i = add i32 %.1419.i, %.1279.i
  %.1423.i = zext i1 %.1414.i to i32
  %.1424.i = add i32 %.1421.i, %.1423.i
  store i32 %.1424.i, ptr %3, align 4, !noalias !6
  %.1212.i = icmp sgt i64 %.1159.0733.i, 1
  br i1 %.1212.i, label %B864.if.i, label %B830.loopexit.i

B1192.if.i:                                       ; preds = %B1192.if.i, %B1192.if.lr.ph.i
  %.1493.0738.i = phi i64 [ %storemerge678.i, %B1192.if.lr.ph.i ], [ %.1555.i, %B1192.if.i ]
  %.1490.0737.i = phi i64 [ 0, %B1192.if.lr.ph.i ], [ %.1559.i, %B1192.if.i ]
  %.1555.i = add nsw i64 %.1493.0738.i, -1
  %.1559.i = add nuw nsw i64 %.1490.0737.i, 1
  %6 = getelementptr i32, ptr %a10, i64 %.1490.0737.i
  %.1613.i = load i32, ptr %6, align 4, !noalias !6
  %.1614.i = zext i32 %.1613.i to i64
  %.1664.idx.i = shl nuw nsw i64 %.1614.i, 3
  %.1664.i = getelementptr i8, ptr %a6, i64 %.1664.idx.i
  %.1665.i = load i32, ptr %.1664.i, align 4, !noalias !6
  %7 = lshr i32 %.1665.i, 9
  %.1718.i = mul i64 %.1490.0737.i, %a0
  %gep740.i = getelementptr i32, ptr %invariant.gep.i, i64 %.1718.i
  store i32 %7, ptr %gep740.i, align 4, !noalias !6
  %.1546.i = icmp sgt i64 %.1493.0738.i, 1
  br i1 %.1546.i, label %B1192.if.i, label %B426.loopexit.i

_ZN6models6forest8compiled7descendB3v13B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxx10float32_2a9uint32_2a10float32_2a9uint32_2a8int32_2a9uint32_2a10float32_2a.exit: ; preds = %B426.loopexit.i, %0
  ret void
}

define void @walk(i64 %a0, i64 %a1, i64 %a2, i64 %a3, ptr noalias readonly %a4, ptr noalias readonly %a5, ptr noalias readonly %a6, ptr noalias readonly %a7, ptr noalias %a8, ptr noalias %a9, ptr noalias %a10) local_unnamed_addr {
  %.107.i = mul nsw i64 %a3, %a0
  %1 = add nuw i64 %.107.i, 2047
  %.489.i = lshr i64 %1, 11
  %.468.inv.i = icmp slt i64 %.107.i, 1
  %.511787.not792.i = icmp eq i64 %.489.i, 0
  %.511787.not.i = select i1 %.468.inv.i, i1 true, i1 %.511787.not792.i
  br i1 %.511787.not.i, label %_ZN6models6forest8compiled4walkB3v16B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a10float32_2a8int32_2a8int32_2a9uint32_2a9uint32_2a.exit, label %B356.if.i

B354.loopexit.i:                                  ; preds = %B1258.if.i, %B358.endif.i
  %tree.2.1.lcssa797804.i = phi i64 [ %tree.4.0790.i, %B358.endif.i ], [ %spec.select.i, %B1258.if.i ]
  %row.3.1.lcssa798803.i = phi i64 [ %row.5.0791.i, %B358.endif.i ], [ %spec.select732.i, %B1258.if.i ]
  %.511.i = icmp sgt i64 %.457.0789.i, 1
  br i1 %.511.i, label %B356.if.i, label %_ZN6models6forest8compiled4walkB3v16B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a10float32_2a8int32_2a8int32_2a9uint32_2a9uint32_2a.exit

B608.i:                                           ; preds = %B456.if.i
  %.1087.not.i = icmp eq i64 %.1037.i, 0
  br i1 %.1087.not.i, label %B1258.if.i.preheader, label %B614.i

B1258.if.i.preheader:                             ; preds = %B614.i, %B1192.i, %B608.i
  br label %B1258.if.i

B614.i:                                           ; preds = %B608.i, %B1192.i
  %left.4.1.i = phi i64 [ %.1577.i, %B1192.i ], [ %.1037.i, %B608.i ]
  %.1180779.i = icmp sgt i64 %left.4.1.i, 0
  br i1 %.1180779.i, label %B650.if.i, label %B1258.if.i.preheader

B1192.i:                                          ; preds = %B650.if.i
  %.1590.not.i = icmp eq i64 %.1577.i, 0
  br i1 %.1590.not.i, label %B1258.if.i.preheader, label %B614.i

B356.if.i:                                        ; preds = %0, %B354.loopexit.i
  %row.5.0791.i = phi i64 [ %row.3.1.lcssa798803.i, %B354.loopexit.i ], [ 0, %0 ]
  %tree.4.0790.i = phi i64 [ %tree.2.1.lcssa797804.i, %B354.loopexit.i ], [ 0, %0 ]
  %.457.0789.i = phi i64 [ %.520.i, %B354.loopexit.i ], [ %.489.i, %0 ]
  %.454.0788.i = phi i64 [ %.524.i, %B354.loopexit.i ], [ 0, %0 ]
  %.520.i = add nsw i64 %.457.0789.i, -1
  %.524.i = add nuw i64 %.454.0788.i, 2048
  %.598.i = icmp slt i64 %.454.0788.i, 0
  %.599.i = select i1 %.598.i, i64 %.107.i, i64 0
  %.600.i = add i64 %.599.i, %.454.0788.i
  %.603.i = icmp slt i64 %.600.i, 0
  br i1 %.603.i, label %B358.else.if.i, label %B358.else.endif.i, !prof !9

B358.endif.i:                                     ; preds = %B358.else.endif.endif.endif.if.i, %B358.else.endif.endif.endif.i
  %.588.sroa.13.0.i = phi i64 [ %.107.i, %B358.else.endif.endif.endif.if.i ], [ %.588.sroa.13.1.i, %B358.else.endif.endif.endif.i ]
  %.676.i = sub i64 %.588.sroa.13.0.i, %.588.sroa.0.2.i
  %.685.i = tail call i64 @llvm.smax.i64(i64 %.676.i, i64 0)
  %.701.i = getelementptr i32, ptr %a8, i64 %.588.sroa.0.2.i
  %.837771.not.i = icmp slt i64 %.676.i, 1
  br i1 %.837771.not.i, label %B354.loopexit.i, label %B456.if.i

B358.else.if.i:                                   ; preds = %B356.if.i
  br label %B358.else.endif.i

B358.else.endif.i:                                ; preds = %B358.else.if.i, %B356.if.i
  %.588.sroa.0.1.i = phi i64 [ 0, %B358.else.if.i ], [ %.600.i, %B356.if.i ]
  %.608.not.i = icmp slt i64 %.600.i, %.107.i
  br i1 %.608.not.i, label %B358.else.endif.endif.i, label %B358.else.endif.if.i, !prof !10

B358.else.endif.if.i:                             ; preds = %B358.else.endif.i
  br label %B358.else.endif.endif.i

B358.else.endif.endif.i:                          ; preds = %B358.else.endif.if.i, %B358.else.endif.i
  %.588.sroa.0.2.i = phi i64 [ %.107.i, %B358.else.endif.if.i ], [ %.588.sroa.0.1.i, %B358.else.endif.i ]
  %.615.i = icmp slt i64 %.454.0788.i, -2048
  %.616.i = select i1 %.615.i, i64 %.107.i, i64 0
  %.617.i = add i64 %.616.i, %.524.i
  %.620.i = icmp slt i64 %.617.i, 0
  br i1 %.620.i, label %B358.else.endif.endif.if.i, label %B358.else.endif.endif.endif.i, !prof !9

B358.else.endif.endif.if.i:                       ; preds = %B358.else.endif.endif.i
  br label %B358.else.endif.endif.endif.i

B358.else.endif.endif.endif.i:                    ; preds = %B358.else.endif.endif.if.i, %B358.else.endif.endif.i
  %.588.sroa.13.1.i = phi i64 [ 0, %B358.else.endif.endif.if.i ], [ %.617.i, %B358.else.endif.endif.i ]
  %.625.not.i = icmp slt i64 %.617.i, %.107.i
  br i1 %.625.not.i, label %B358.endif.i, label %B358.else.endif.endif.endif.if.i, !prof !10

B358.else.endif.endif.endif.if.i:                 ; preds = %B358.else.endif.endif.endif.i
  br label %B358.endif.i

B456.if.i:                                        ; preds = %B358.endif.i, %B456.if.i
  %left.3.1776.i = phi i64 [ %.1037.i, %B456.if.i ], [ 0, %B358.endif.i ]
  %row.3.1775.i = phi i64 [ %spec.select732.i, %B456.if.i ], [ %row.5.0791.i, %B358.endif.i ]
  %tree.2.1774.i = phi i64 [ %spec.select.i, %B456.if.i ], [ %tree.4.0790.i, %B358.endif.i ]
  %.784.0773.i = phi i64 [ %.846.i, %B456.if.i ], [ %.685.i, %B358.endif.i ]
  %.781.0772.i = phi i64 [ %.850.i, %B456.if.i ], [ 0, %B358.endif.i ]
  %.846.i = add nsw i64 %.784.0773.i, -1
  %.850.i = add nuw nsw i64 %.781.0772.i, 1
  %.893.i = icmp slt i64 %tree.2.1774.i, 0
  %.894.i = select i1 %.893.i, i64 %a3, i64 0
  %2 = getelementptr i32, ptr %a7, i64 %tree.2.1774.i
  %.908.i = getelementptr i32, ptr %2, i64 %.894.i
  %.909.i = load i32, ptr %.908.i, align 4, !noalias !11
  %3 = getelementptr i32, ptr %.701.i, i64 %.781.0772.i
  store i32 %.909.i, ptr %3, align 4, !noalias !11
  %4 = getelementptr i32, ptr %a9, i64 %.781.0772.i
  %.970.i = trunc i64 %row.3.1775.i to i32
  store i32 %.970.i, ptr %4, align 4, !noalias !11
  %.998.i = getelementptr i32, ptr %a10, i64 %left.3.1776.i
  %.999.i = trunc i64 %.781.0772.i to i32
  store i32 %.999.i, ptr %.998.i, align 4, !noalias !11
  %.1033.i = icmp sgt i32 %.909.i, -1
  %.1036.i = zext i1 %.1033.i to i64
  %.1037.i = add nuw nsw i64 %left.3.1776.i, %.1036.i
  %.1044.i = add nsw i64 %row.3.1775.i, 1
  %.1051.i = icmp eq i64 %.1044.i, %a0
  %.1054.i = zext i1 %.1051.i to i64
  %spec.select.i = add nsw i64 %tree.2.1774.i, %.1054.i
  %spec.select732.i = select i1 %.1051.i, i64 0, i64 %.1044.i
  %.837.i = icmp samesign ugt i64 %.784.0773.i, 1
  br i1 %.837.i, label %B456.if.i, label %B608.i

B650.if.i:                                        ; preds = %B614.i, %B650.if.i
  %still.2.2782.i = phi i64 [ %.1577.i, %B650.if.i ], [ 0, %B614.i ]
  %.1126.0781.i = phi i64 [ %.1189.i, %B650.if.i ], [ %left.4.1.i, %B614.i ]
  %.1123.0780.i = phi i64 [ %.1193.i, %B650.if.i ], [ 0, %B614.i ]
  %.1189.i = add nsw i64 %.1126.0781.i, -1
  %.1193.i = add nuw nsw i64 %.1123.0780.i, 1
  %5 = getelementptr i32, ptr %a10, i64 %.1123.0780.i
  %.1247.i = load i32, ptr %5, align 4, !noalias !11
  %.1248.i = zext i32 %.1247.i to i64
  %.1274.i = getelementptr i32, ptr %.701.i, i64 %.1248.i
  %.1275.i = load i32, ptr %.1274.i, align 4, !noalias !11
  %.1276.i = sext i32 %.1275.i to i64
  %.1322.i = shl nsw i64 %.1276.i, 2
  %.1326.i = getelementptr i32, ptr %a5, i64 %.1322.i
  %.1327.i = load i32, ptr %.1326.i, align 4, !noalias !11
  %.1353.i = getelementptr i32, ptr %a9, i64 %.1248.i
  %.1354.i = load i32, ptr %.1353.i, align 4, !noalias !11
  %.1355.i = zext i32 %.1354.i to i64
  %.1356.i = sext i32 %.1327.i to i64
  %.1357.i = ashr i64 %.1356.i, 1
  %.1398.i = mul i64 %a1, %.1355.i
  %6 = getelementptr float, ptr %a4, i64 %.1398.i
  %.1402.i = getelementptr float, ptr %6, i64 %.1357.i
  %.1403.i = load float, ptr %.1402.i, align 4, !noalias !11
  %.1406.i = fcmp uno float %.1403.i, 0.000000e+00
  %7 = and i64 %.1356.i, 1
  %.1411.i = select i1 %.1406.i, i64 %7, i64 0
  %8 = getelementptr float, ptr %a6, i64 %.1322.i
  %.1461.i = getelementptr i8, ptr %8, i64 4
  %.1462.i = load float, ptr %.1461.i, align 4, !noalias !11
  %.1463.i = fcmp ogt float %.1403.i, %.1462.i
  %.1465.i = zext i1 %.1463.i to i64
  %.1466.i = or i64 %.1411.i, %.1465.i
  %9 = getelementptr i32, ptr %.1326.i, i64 %.1466.i
  %.1512.i = getelementptr i8, ptr %9, i64 8
  %.1513.i = load i32, ptr %.1512.i, align 4, !noalias !11
  store i32 %.1513.i, ptr %.1274.i, align 4, !noalias !11
  %.1569.i = getelementptr i32, ptr %a10, i64 %still.2.2782.i
  store i32 %.1247.i, ptr %.1569.i, align 4, !noalias !11
  %.1573.i = icmp sgt i32 %.1513.i, -1
  %.1576.i = zext i1 %.1573.i to i64
  %.1577.i = add nuw nsw i64 %still.2.2782.i, %.1576.i
  %.1180.i = icmp samesign ugt i64 %.1126.0781.i, 1
  br i1 %.1180.i, label %B650.if.i, label %B1192.i

B1258.if.i:                                       ; preds = %B1258.if.i.preheader, %B1258.if.i
  %.1635.0786.i = phi i64 [ %.1697.i, %B1258.if.i ], [ %.685.i, %B1258.if.i.preheader ]
  %.1632.0785.i = phi i64 [ %.1701.i, %B1258.if.i ], [ 0, %B1258.if.i.preheader ]
  %.1697.i = add nsw i64 %.1635.0786.i, -1
  %.1701.i = add nuw nsw i64 %.1632.0785.i, 1
  %10 = getelementptr i32, ptr %.701.i, i64 %.1632.0785.i
  %.1755.i = load i32, ptr %10, align 4, !noalias !11
  %.1756.i = xor i32 %.1755.i, -1
  store i32 %.1756.i, ptr %10, align 4, !noalias !11
  %.1688.i = icmp sgt i64 %.1635.0786.i, 1
  br i1 %.1688.i, label %B1258.if.i, label %B354.loopexit.i

_ZN6models6forest8compiled4walkB3v16B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a10float32_2a8int32_2a8int32_2a9uint32_2a9uint32_2a.exit: ; preds = %B354.loopexit.i, %0
  ret void
}

define void @add_whole(i64 %a0, i64 %a1, i64 %a2, ptr noalias readonly %a3, ptr noalias readonly %a4, ptr noalias readonly %a5, ptr noalias %a6) local_unnamed_addr {
  %.203.i.i = getelementptr i64, ptr %a4, i64 %a2
  %.204.i.i = load i64, ptr %.203.i.i, align 8, !noalias !14
  %.358615.not.i.i = icmp slt i64 %a2, 1
  br i1 %.358615.not.i.i, label %_ZN6models6forest8compiled9add_wholeB3v17B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int64_2a8int64_2a.exit, label %B230.if.lr.ph.i.i

B230.if.lr.ph.i.i:                                ; preds = %0
  %.627.i.i = icmp eq i64 %a1, 1
  %spec.select603.i.i = tail call i64 @llvm.smax.i64(i64 %a0, i64 0)
  %.1056609.not.i.i = icmp slt i64 %a0, 1
  %spec.select604.i.i = tail call i64 @llvm.smax.i64(i64 %a1, i64 0)
  %.1308606.not.i.i = icmp slt i64 %a1, 1
  br label %B230.if.i.i

B278.i.i:                                         ; preds = %B232.else.endif.endif.endif.if.i.i
  br i1 %.1056609.not.i.i, label %B611.i.i, label %B308.if.lr.ph.i.i

B308.if.lr.ph.i.i:                                ; preds = %B278.i.i
  %.848.i.i = mul i64 %.302.0616.i.i, %a0
  %1 = getelementptr i32, ptr %a3, i64 %.848.i.i
  br label %B308.if.i.i

B420.i.i:                                         ; preds = %B232.else.endif.endif.endif.if.i.i
  br i1 %.1056609.not.i.i, label %B611.i.i, label %B450.if.lr.ph.i.i

B450.if.lr.ph.i.i:                                ; preds = %B420.i.i
  %.1145.i.i = mul i64 %.302.0616.i.i, %a0
  %2 = getelementptr i32, ptr %a3, i64 %.1145.i.i
  br label %B450.if.i.i

B450.loopexit.i.i:                                ; preds = %B552.if.i.i, %B450.if.i.i
  %.1056.i.i = icmp sgt i64 %.1003.0611.i.i, 1
  br i1 %.1056.i.i, label %B450.if.i.i, label %B611.i.i

B611.i.i:                                         ; preds = %B450.loopexit.i.i, %B308.if.i.i, %B420.i.i, %B278.i.i
  %.358.i.i = icmp sgt i64 %.305.0617.i.i, 1
  br i1 %.358.i.i, label %B230.if.i.i, label %_ZN6models6forest8compiled9add_wholeB3v17B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int64_2a8int64_2a.exit

B230.if.i.i:                                      ; preds = %B611.i.i, %B230.if.lr.ph.i.i
  %.305.0617.i.i = phi i64 [ %a2, %B230.if.lr.ph.i.i ], [ %.367.i.i, %B611.i.i ]
  %.302.0616.i.i = phi i64 [ 0, %B230.if.lr.ph.i.i ], [ %.371.i.i, %B611.i.i ]
  %.367.i.i = add nsw i64 %.305.0617.i.i, -1
  %.371.i.i = add nuw nsw i64 %.302.0616.i.i, 1
  %3 = getelementptr i64, ptr %a4, i64 %.302.0616.i.i
  %.429.i.i = load i64, ptr %3, align 8, !noalias !14
  %.471.i.i = icmp slt i64 %.429.i.i, 0
  %.472.i.i = select i1 %.471.i.i, i64 %.204.i.i, i64 0
  %.473.i.i = add i64 %.472.i.i, %.429.i.i
  %.476.i.i = icmp slt i64 %.473.i.i, 0
  br i1 %.476.i.i, label %B232.else.if.i.i, label %B232.else.endif.i.i, !prof !9

B232.else.if.i.i:                                 ; preds = %B230.if.i.i
  br label %B232.else.endif.i.i

B232.else.endif.i.i:                              ; preds = %B232.else.if.i.i, %B230.if.i.i
  %.461.sroa.0.1.i.i = phi i64 [ 0, %B232.else.if.i.i ], [ %.473.i.i, %B230.if.i.i ]
  %.481.not.i.i = icmp slt i64 %.473.i.i, %.204.i.i
  br i1 %.481.not.i.i, label %B232.else.endif.endif.endif.if.i.i, label %B232.else.endif.if.i.i, !prof !10

B232.else.endif.if.i.i:                           ; preds = %B232.else.endif.i.i
  br label %B232.else.endif.endif.endif.if.i.i

B232.else.endif.endif.endif.if.i.i:               ; preds = %B232.else.endif.if.i.i, %B232.else.endif.i.i
  %.461.sroa.0.2.i.i = phi i64 [ %.204.i.i, %B232.else.endif.if.i.i ], [ %.461.sroa.0.1.i.i, %B232.else.endif.i.i ]
  %.578.i.i = mul i64 %.461.sroa.0.2.i.i, %a1
  %.580.i.i = getelementptr i64, ptr %a5, i64 %.578.i.i
  br i1 %.627.i.i, label %B278.i.i, label %B420.i.i

B308.if.i.i:                                      ; preds = %B308.if.i.i, %B308.if.lr.ph.i.i
  %.656.0614.i.i = phi i64 [ %spec.select603.i.i, %B308.if.lr.ph.i.i ], [ %.718.i.i, %B308.if.i.i ]
  %.653.0613.i.i = phi i64 [ 0, %B308.if.lr.ph.i.i ], [ %.722.i.i, %B308.if.i.i ]
  %.718.i.i = add nsw i64 %.656.0614.i.i, -1
  %.722.i.i = add nuw nsw i64 %.653.0613.i.i, 1
  %.799.i.i = getelementptr i64, ptr %a6, i64 %.653.0613.i.i
  %.800.i.i = load i64, ptr %.799.i.i, align 8, !noalias !14
  %4 = getelementptr i32, ptr %1, i64 %.653.0613.i.i
  %.853.i.i = load i32, ptr %4, align 4, !noalias !14
  %.856.i.i = sext i32 %.853.i.i to i64
  %.906.i.i = getelementptr i64, ptr %.580.i.i, i64 %.856.i.i
  %.907.i.i = load i64, ptr %.906.i.i, align 8, !noalias !14
  %.908.i.i = add nsw i64 %.907.i.i, %.800.i.i
  store i64 %.908.i.i, ptr %.799.i.i, align 8, !noalias !14
  %.709.i.i = icmp sgt i64 %.656.0614.i.i, 1
  br i1 %.709.i.i, label %B308.if.i.i, label %B611.i.i

B450.if.i.i:                                      ; preds = %B450.loopexit.i.i, %B450.if.lr.ph.i.i
  %.1003.0611.i.i = phi i64 [ %spec.select603.i.i, %B450.if.lr.ph.i.i ], [ %.1065.i.i, %B450.loopexit.i.i ]
  %.1000.0610.i.i = phi i64 [ 0, %B450.if.lr.ph.i.i ], [ %.1069.i.i, %B450.loopexit.i.i ]
  %.1065.i.i = add nsw i64 %.1003.0611.i.i, -1
  %.1069.i.i = add nuw nsw i64 %.1000.0610.i.i, 1
  %5 = getelementptr i32, ptr %2, i64 %.1000.0610.i.i
  %.1150.i.i = load i32, ptr %5, align 4, !noalias !14
  %.1153.i.i = sext i32 %.1150.i.i to i64
  %.1188.i.i = mul i64 %a1, %.1153.i.i
  %.1190.i.i = getelementptr i64, ptr %.580.i.i, i64 %.1188.i.i
  br i1 %.1308606.not.i.i, label %B450.loopexit.i.i, label %B552.if.lr.ph.i.i

B552.if.lr.ph.i.i:                                ; preds = %B450.if.i.i
  %.1393.i.i = mul i64 %.1000.0610.i.i, %a1
  %6 = getelementptr i64, ptr %a6, i64 %.1393.i.i
  br label %B552.if.i.i

B552.if.i.i:                                      ; preds = %B552.if.i.i, %B552.if.lr.ph.i.i
  %.1255.0608.i.i = phi i64 [ %spec.select604.i.i, %B552.if.lr.ph.i.i ], [ %.1317.i.i, %B552.if.i.i ]
  %.1252.0607.i.i = phi i64 [ 0, %B552.if.lr.ph.i.i ], [ %.1321.i.i, %B552.if.i.i ]
  %.1317.i.i = add nsw i64 %.1255.0608.i.i, -1
  %.1321.i.i = add nuw nsw i64 %.1252.0607.i.i, 1
  %7 = getelementptr i64, ptr %6, i64 %.1252.0607.i.i
  %.1398.i.i = load i64, ptr %7, align 8, !noalias !14
  %8 = getelementptr i64, ptr %.1190.i.i, i64 %.1252.0607.i.i
  %.1428.i.i = load i64, ptr %8, align 8, !noalias !14
  %.1429.i.i = add nsw i64 %.1428.i.i, %.1398.i.i
  store i64 %.1429.i.i, ptr %7, align 8, !noalias !14
  %.1308.i.i = icmp sgt i64 %.1255.0608.i.i, 1
  br i1 %.1308.i.i, label %B552.if.i.i, label %B450.loopexit.i.i

_ZN6models6forest8compiled9add_wholeB3v17B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int64_2a8int64_2a.exit: ; preds = %B611.i.i, %0
  ret void
}

define void @add_narrow(i64 %a0, i64 %a1, i64 %a2, ptr noalias readonly %a3, ptr noalias readonly %a4, ptr noalias readonly %a5, ptr noalias %a6) local_unnamed_addr {
  %.203.i.i = getelementptr i64, ptr %a4, i64 %a2
  %.204.i.i = load i64, ptr %.203.i.i, align 8, !noalias !19
  %.358615.not.i.i = icmp slt i64 %a2, 1
  br i1 %.358615.not.i.i, label %_ZN6models6forest8compiled10add_narrowB3v22B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int32_2a8int64_2a.exit, label %B230.if.lr.ph.i.i

B230.if.lr.ph.i.i:                                ; preds = %0
  %.627.i.i = icmp eq i64 %a1, 1
  %spec.select603.i.i = tail call i64 @llvm.smax.i64(i64 %a0, i64 0)
  %.1057609.not.i.i = icmp slt i64 %a0, 1
  %spec.select604.i.i = tail call i64 @llvm.smax.i64(i64 %a1, i64 0)
  %.1309606.not.i.i = icmp slt i64 %a1, 1
  br label %B230.if.i.i

B278.i.i:                                         ; preds = %B232.else.endif.endif.endif.if.i.i
  br i1 %.1057609.not.i.i, label %B611.i.i, label %B308.if.lr.ph.i.i

B308.if.lr.ph.i.i:                                ; preds = %B278.i.i
  %.848.i.i = mul i64 %.302.0616.i.i, %a0
  %1 = getelementptr i32, ptr %a3, i64 %.848.i.i
  br label %B308.if.i.i

B420.i.i:                                         ; preds = %B232.else.endif.endif.endif.if.i.i
  br i1 %.1057609.not.i.i, label %B611.i.i, label %B450.if.lr.ph.i.i

B450.if.lr.ph.i.i:                                ; preds = %B420.i.i
  %.1146.i.i = mul i64 %.302.0616.i.i, %a0
  %2 = getelementptr i32, ptr %a3, i64 %.1146.i.i
  br label %B450.if.i.i

B450.loopexit.i.i:                                ; preds = %B552.if.i.i, %B450.if.i.i
  %.1057.i.i = icmp sgt i64 %.1004.0611.i.i, 1
  br i1 %.1057.i.i, label %B450.if.i.i, label %B611.i.i

B611.i.i:                                         ; preds = %B450.loopexit.i.i, %B308.if.i.i, %B420.i.i, %B278.i.i
  %.358.i.i = icmp sgt i64 %.305.0617.i.i, 1
  br i1 %.358.i.i, label %B230.if.i.i, label %_ZN6models6forest8compiled10add_narrowB3v22B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int32_2a8int64_2a.exit

B230.if.i.i:                                      ; preds = %B611.i.i, %B230.if.lr.ph.i.i
  %.305.0617.i.i = phi i64 [ %a2, %B230.if.lr.ph.i.i ], [ %.367.i.i, %B611.i.i ]
  %.302.0616.i.i = phi i64 [ 0, %B230.if.lr.ph.i.i ], [ %.371.i.i, %B611.i.i ]
  %.367.i.i = add nsw i64 %.305.0617.i.i, -1
  %.371.i.i = add nuw nsw i64 %.302.0616.i.i, 1
  %3 = getelementptr i64, ptr %a4, i64 %.302.0616.i.i
  %.429.i.i = load i64, ptr %3, align 8, !noalias !19
  %.471.i.i = icmp slt i64 %.429.i.i, 0
  %.472.i.i = select i1 %.471.i.i, i64 %.204.i.i, i64 0
  %.473.i.i = add i64 %.472.i.i, %.429.i.i
  %.476.i.i = icmp slt i64 %.473.i.i, 0
  br i1 %.476.i.i, label %B232.else.if.i.i, label %B232.else.endif.i.i, !prof !9

B232.else.if.i.i:                                 ; preds = %B230.if.i.i
  br label %B232.else.endif.i.i

B232.else.endif.i.i:                              ; preds = %B232.else.if.i.i, %B230.if.i.i
  %.461.sroa.0.1.i.i = phi i64 [ 0, %B232.else.if.i.i ], [ %.473.i.i, %B230.if.i.i ]
  %.481.not.i.i = icmp slt i64 %.473.i.i, %.204.i.i
  br i1 %.481.not.i.i, label %B232.else.endif.endif.endif.if.i.i, label %B232.else.endif.if.i.i, !prof !10

B232.else.endif.if.i.i:                           ; preds = %B232.else.endif.i.i
  br label %B232.else.endif.endif.endif.if.i.i

B232.else.endif.endif.endif.if.i.i:               ; preds = %B232.else.endif.if.i.i, %B232.else.endif.i.i
  %.461.sroa.0.2.i.i = phi i64 [ %.204.i.i, %B232.else.endif.if.i.i ], [ %.461.sroa.0.1.i.i, %B232.else.endif.i.i ]
  %.578.i.i = mul i64 %.461.sroa.0.2.i.i, %a1
  %.580.i.i = getelementptr i32, ptr %a5, i64 %.578.i.i
  br i1 %.627.i.i, label %B278.i.i, label %B420.i.i

B308.if.i.i:                                      ; preds = %B308.if.i.i, %B308.if.lr.ph.i.i
  %.656.0614.i.i = phi i64 [ %spec.select603.i.i, %B308.if.lr.ph.i.i ], [ %.718.i.i, %B308.if.i.i ]
  %.653.0613.i.i = phi i64 [ 0, %B308.if.lr.ph.i.i ], [ %.722.i.i, %B308.if.i.i ]
  %.718.i.i = add nsw i64 %.656.0614.i.i, -1
  %.722.i.i = add nuw nsw i64 %.653.0613.i.i, 1
  %.799.i.i = getelementptr i64, ptr %a6, i64 %.653.0613.i.i
  %.800.i.i = load i64, ptr %.799.i.i, align 8, !noalias !19
  %4 = getelementptr i32, ptr %1, i64 %.653.0613.i.i
  %.853.i.i = load i32, ptr %4, align 4, !noalias !19
  %.856.i.i = sext i32 %.853.i.i to i64
  %.906.i.i = getelementptr i32, ptr %.580.i.i, i64 %.856.i.i
  %.907.i.i = load i32, ptr %.906.i.i, align 4, !noalias !19
  %.908.i.i = sext i32 %.907.i.i to i64
  %.909.i.i = add nsw i64 %.800.i.i, %.908.i.i
  store i64 %.909.i.i, ptr %.799.i.i, align 8, !noalias !19
  %.709.i.i = icmp sgt i64 %.656.0614.i.i, 1
  br i1 %.709.i.i, label %B308.if.i.i, label %B611.i.i

B450.if.i.i:                                      ; preds = %B450.loopexit.i.i, %B450.if.lr.ph.i.i
  %.1004.0611.i.i = phi i64 [ %spec.select603.i.i, %B450.if.lr.ph.i.i ], [ %.1066.i.i, %B450.loopexit.i.i ]
  %.1001.0610.i.i = phi i64 [ 0, %B450.if.lr.ph.i.i ], [ %.1070.i.i, %B450.loopexit.i.i ]
  %.1066.i.i = add nsw i64 %.1004.0611.i.i, -1
  %.1070.i.i = add nuw nsw i64 %.1001.0610.i.i, 1
  %5 = getelementptr i32, ptr %2, i64 %.1001.0610.i.i
  %.1151.i.i = load i32, ptr %5, align 4, !noalias !19
  %.1154.i.i = sext i32 %.1151.i.i to i64
  %.1189.i.i = mul i64 %a1, %.1154.i.i
  %.1191.i.i = getelementptr i32, ptr %.580.i.i, i64 %.1189.i.i
  br i1 %.1309606.not.i.i, label %B450.loopexit.i.i, label %B552.if.lr.ph.i.i

B552.if.lr.ph.i.i:                                ; preds = %B450.if.i.i
  %.1394.i.i = mul i64 %.1001.0610.i.i, %a1
  %6 = getelementptr i64, ptr %a6, i64 %.1394.i.i
  br label %B552.if.i.i

B552.if.i.i:                                      ; preds = %B552.if.i.i, %B552.if.lr.ph.i.i
  %.1256.0608.i.i = phi i64 [ %spec.select604.i.i, %B552.if.lr.ph.i.i ], [ %.1318.i.i, %B552.if.i.i ]
  %.1253.0607.i.i = phi i64 [ 0, %B552.if.lr.ph.i.i ], [ %.1322.i.i, %B552.if.i.i ]
  %.1318.i.i = add nsw i64 %.1256.0608.i.i, -1
  %.1322.i.i = add nuw nsw i64 %.1253.0607.i.i, 1
  %7 = getelementptr i64, ptr %6, i64 %.1253.0607.i.i
  %.1399.i.i = load i64, ptr %7, align 8, !noalias !19
  %8 = getelementptr i32, ptr %.1191.i.i, i64 %.1253.0607.i.i
  %.1429.i.i = load i32, ptr %8, align 4, !noalias !19
  %.1430.i.i = sext i32 %.1429.i.i to i64
  %.1431.i.i = add nsw i64 %.1399.i.i, %.1430.i.i
  store i64 %.1431.i.i, ptr %7, align 8, !noalias !19
  %.1309.i.i = icmp sgt i64 %.1256.0608.i.i, 1
  br i1 %.1309.i.i, label %B552.if.i.i, label %B450.loopexit.i.i

_ZN6models6forest8compiled10add_narrowB3v22B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int32_2a8int64_2a.exit: ; preds = %B611.i.i, %0
  ret void
}

define void @add_float(i64 %a0, i64 %a1, i64 %a2, ptr noalias readonly %a3, ptr noalias readonly %a4, ptr noalias readonly %a5, ptr noalias %a6) local_unnamed_addr {
  %.203.i.i = getelementptr i64, ptr %a4, i64 %a2
  %.204.i.i = load i64, ptr %.203.i.i, align 8, !noalias !24
  %.358615.not.i.i = icmp slt i64 %a2, 1
  br i1 %.358615.not.i.i, label %_ZN6models6forest8compiled9add_floatB3v24B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a10float64_2a10float64_2a.exit, label %B230.if.lr.ph.i.i

B230.if.lr.ph.i.i:                                ; preds = %0
  %.627.i.i = icmp eq i64 %a1, 1
  %spec.select603.i.i = tail call i64 @llvm.smax.i64(i64 %a0, i64 0)
  %.1056609.not.i.i = icmp slt i64 %a0, 1
  %spec.select604.i.i = tail call i64 @llvm.smax.i64(i64 %a1, i64 0)
  %.1308606.not.i.i = icmp slt i64 %a1, 1
  br label %B230.if.i.i

B278.i.i:                                         ; preds = %B232.else.endif.endif.endif.if.i.i
  br i1 %.1056609.not.i.i, label %B611.i.i, label %B308.if.lr.ph.i.i

B308.if.lr.ph.i.i:                                ; preds = %B278.i.i
  %.848.i.i = mul i64 %.302.0616.i.i, %a0
  %1 = getelementptr i32, ptr %a3, i64 %.848.i.i
  br label %B308.if.i.i

B420.i.i:                                         ; preds = %B232.else.endif.endif.endif.if.i.i
  br i1 %.1056609.not.i.i, label %B611.i.i, label %B450.if.lr.ph.i.i

B450.if.lr.ph.i.i:                                ; preds = %B420.i.i
  %.1145.i.i = mul i64 %.302.0616.i.i, %a0
  %2 = getelementptr i32, ptr %a3, i64 %.1145.i.i
  br label %B450.if.i.i

B450.loopexit.i.i:                                ; preds = %B552.if.i.i, %B450.if.i.i
  %.1056.i.i = icmp sgt i64 %.1003.0611.i.i, 1
  br i1 %.1056.i.i, label %B450.if.i.i, label %B611.i.i

B611.i.i:                                         ; preds = %B450.loopexit.i.i, %B308.if.i.i, %B420.i.i, %B278.i.i
  %.358.i.i = icmp sgt i64 %.305.0617.i.i, 1
  br i1 %.358.i.i, label %B230.if.i.i, label %_ZN6models6forest8compiled9add_floatB3v24B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a10float64_2a10float64_2a.exit

B230.if.i.i:                                      ; preds = %B611.i.i, %B230.if.lr.ph.i.i
  %.305.0617.i.i = phi i64 [ %a2, %B230.if.lr.ph.i.i ], [ %.367.i.i, %B611.i.i ]
  %.302.0616.i.i = phi i64 [ 0, %B230.if.lr.ph.i.i ], [ %.371.i.i, %B611.i.i ]
  %.367.i.i = add nsw i64 %.305.0617.i.i, -1
  %.371.i.i = add nuw nsw i64 %.302.0616.i.i, 1
  %3 = getelementptr i64, ptr %a4, i64 %.302.0616.i.i
  %.429.i.i = load i64, ptr %3, align 8, !noalias !24
  %.471.i.i = icmp slt i64 %.429.i.i, 0
  %.472.i.i = select i1 %.471.i.i, i64 %.204.i.i, i64 0
  %.473.i.i = add i64 %.472.i.i, %.429.i.i
  %.476.i.i = icmp slt i64 %.473.i.i, 0
  br i1 %.476.i.i, label %B232.else.if.i.i, label %B232.else.endif.i.i, !prof !9

B232.else.if.i.i:                                 ; preds = %B230.if.i.i
  br label %B232.else.endif.i.i

B232.else.endif.i.i:                              ; preds = %B232.else.if.i.i, %B230.if.i.i
  %.461.sroa.0.1.i.i = phi i64 [ 0, %B232.else.if.i.i ], [ %.473.i.i, %B230.if.i.i ]
  %.481.not.i.i = icmp slt i64 %.473.i.i, %.204.i.i
  br i1 %.481.not.i.i, label %B232.else.endif.endif.endif.if.i.i, label %B232.else.endif.if.i.i, !prof !10

B232.else.endif.if.i.i:                           ; preds = %B232.else.endif.i.i
  br label %B232.else.endif.endif.endif.if.i.i

B232.else.endif.endif.endif.if.i.i:               ; preds = %B232.else.endif.if.i.i, %B232.else.endif.i.i
  %.461.sroa.0.2.i.i = phi i64 [ %.204.i.i, %B232.else.endif.if.i.i ], [ %.461.sroa.0.1.i.i, %B232.else.endif.i.i ]
  %.578.i.i = mul i64 %.461.sroa.0.2.i.i, %a1
  %.580.i.i = getelementptr double, ptr %a5, i64 %.578.i.i
  br i1 %.627.i.i, label %B278.i.i, label %B420.i.i

B308.if.i.i:                                      ; preds = %B308.if.i.i, %B308.if.lr.ph.i.i
  %.656.0614.i.i = phi i64 [ %spec.select603.i.i, %B308.if.lr.ph.i.i ], [ %.718.i.i, %B308.if.i.i ]
  %.653.0613.i.i = phi i64 [ 0, %B308.if.lr.ph.i.i ], [ %.722.i.i, %B308.if.i.i ]
  %.718.i.i = add nsw i64 %.656.0614.i.i, -1
  %.722.i.i = add nuw nsw i64 %.653.0613.i.i, 1
  %.799.i.i = getelementptr double, ptr %a6, i64 %.653.0613.i.i
  %.800.i.i = load double, ptr %.799.i.i, align 8, !noalias !24
  %4 = getelementptr i32, ptr %1, i64 %.653.0613.i.i
  %.853.i.i = load i32, ptr %4, align 4, !noalias !24
  %.856.i.i = sext i32 %.853.i.i to i64
  %.906.i.i = getelementptr double, ptr %.580.i.i, i64 %.856.i.i
  %.907.i.i = load double, ptr %.906.i.i, align 8, !noalias !24
  %.908.i.i = fadd double %.800.i.i, %.907.i.i
  store double %.908.i.i, ptr %.799.i.i, align 8, !noalias !24
  %.709.i.i = icmp sgt i64 %.656.0614.i.i, 1
  br i1 %.709.i.i, label %B308.if.i.i, label %B611.i.i

B450.if.i.i:                                      ; preds = %B450.loopexit.i.i, %B450.if.lr.ph.i.i
  %.1003.0611.i.i = phi i64 [ %spec.select603.i.i, %B450.if.lr.ph.i.i ], [ %.1065.i.i, %B450.loopexit.i.i ]
  %.1000.0610.i.i = phi i64 [ 0, %B450.if.lr.ph.i.i ], [ %.1069.i.i, %B450.loopexit.i.i ]
  %.1065.i.i = add nsw i64 %.1003.0611.i.i, -1
  %.1069.i.i = add nuw nsw i64 %.1000.0610.i.i, 1
  %5 = getelementptr i32, ptr %2, i64 %.1000.0610.i.i
  %.1150.i.i = load i32, ptr %5, align 4, !noalias !24
  %.1153.i.i = sext i32 %.1150.i.i to i64
  %.1188.i.i = mul i64 %a1, %.1153.i.i
  %.1190.i.i = getelementptr double, ptr %.580.i.i, i64 %.1188.i.i
  br i1 %.1308606.not.i.i, label %B450.loopexit.i.i, label %B552.if.lr.ph.i.i

B552.if.lr.ph.i.i:                                ; preds = %B450.if.i.i
  %.1393.i.i = mul i64 %.1000.0610.i.i, %a1
  %6 = getelementptr double, ptr %a6, i64 %.1393.i.i
  br label %B552.if.i.i

B552.if.i.i:                                      ; preds = %B552.if.i.i, %B552.if.lr.ph.i.i
  %.1255.0608.i.i = phi i64 [ %spec.select604.i.i, %B552.if.lr.ph.i.i ], [ %.1317.i.i, %B552.if.i.i ]
  %.1252.0607.i.i = phi i64 [ 0, %B552.if.lr.ph.i.i ], [ %.1321.i.i, %B552.if.i.i ]
  %.1317.i.i = add nsw i64 %.1255.0608.i.i, -1
  %.1321.i.i = add nuw nsw i64 %.1252.0607.i.i, 1
  %7 = getelementptr double, ptr %6, i64 %.1252.0607.i.i
  %.1398.i.i = load double, ptr %7, align 8, !noalias !24
  %8 = getelementptr double, ptr %.1190.i.i, i64 %.1252.0607.i.i
  %.1428.i.i = load double, ptr %8, align 8, !noalias !24
  %.1429.i.i = fadd double %.1398.i.i, %.1428.i.i
  store double %.1429.i.i, ptr %7, align 8, !noalias !24
  %.1308.i.i = icmp sgt i64 %.1255.0608.i.i, 1
  br i1 %.1308.i.i, label %B552.if.i.i, label %B450.loopexit.i.i

_ZN6models6forest8compiled9add_floatB3v24B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a10float64_2a10float64_2a.exit: ; preds = %B611.i.i, %0
  ret void
}

define void @grow(i64 %a0, i64 %a1, i64 %a2, i64 %a3, i64 %a4, i64 %a5, ptr noalias readonly %a6, ptr noalias %a7, ptr noalias readonly %a8, ptr noalias readonly %a9, ptr noalias readonly %a10, ptr noalias writeonly %a11, ptr noalias writeonly %a12, ptr noalias writeonly %a13, ptr noalias writeonly %a14, ptr noalias writeonly %a15, ptr noalias writeonly %a16, ptr noalias %a17, ptr noalias %a18, ptr noalias %a19) local_unnamed_addr {
  %.8751238.not.i = icmp slt i64 %a2, 1
  br i1 %.8751238.not.i, label %_ZN6models6forest7growing4growB3v27B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxxx10float32_2a8int64_2a9uint64_2a10float64_2a10float64_2a8int64_2a8int32_2a10float32_2a7bool_2a8int32_2a8int64_2a8int64_2a8int64_2a9uint64_2a.exit, label %B784.if.lr.ph.i

B784.if.lr.ph.i:                                  ; preds = %0
  %.297.i.i = sitofp i64 %a1 to double
  %.564338.not.i.i = icmp slt i64 %a1, 1
  br label %B784.if.i

B876.i:                                           ; preds = %B784.if.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i
  %leaf.4.1.i = phi i64 [ %leaf.2.01241.i, %B784.if.i ], [ %leaf.3.2.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %node.2.1.i = phi i64 [ %node.3.01242.i, %B784.if.i ], [ %.1747.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %start.3.1.i = phi i64 [ %.934.i, %B784.if.i ], [ %start.2.2.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %count.4.1.i = phi i64 [ %a4, %B784.if.i ], [ %.804.i.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %depth.4.1.i = phi i64 [ 0, %B784.if.i ], [ %.1392.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %path.4.1.i = phi i64 [ 0, %B784.if.i ], [ %.13.i1216.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %key.4.1.i = phi i64 [ %.965.i, %B784.if.i ], [ %.16.i1225.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  %wait.4.1.i = phi i64 [ 0, %B784.if.i ], [ %.1741.i, %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i ]
  br label %B878.i

B878.i:                                           ; preds = %B1750.i, %B876.i
  %leaf.3.2.i = phi i64 [ %leaf.4.1.i, %B876.i ], [ %.1864.i, %B1750.i ]
  %start.2.2.i = phi i64 [ %start.3.1.i, %B876.i ], [ %.2016.i, %B1750.i ]
  %count.3.2.i = phi i64 [ %count.4.1.i, %B876.i ], [ %.2045.i, %B1750.i ]
  %depth.3.2.i = phi i64 [ %depth.4.1.i, %B876.i ], [ %.2074.i, %B1750.i ]
  %path.3.2.i = phi i64 [ %path.4.1.i, %B876.i ], [ %.2103.i, %B1750.i ]
  %key.3.2.i = phi i64 [ %key.4.1.i, %B876.i ], [ %.1979.i, %B1750.i ]
  %wait.3.2.i = phi i64 [ %wait.4.1.i, %B876.i ], [ %.1882.i, %B1750.i ]
  %.1063.i = icmp sgt i64 %count.3.2.i, 1
  %.1082.i = icmp slt i64 %depth.3.2.i, %a5
  %or.cond.i = select i1 %.1063.i, i1 %.1082.i, i1 false
  br i1 %or.cond.i, label %B1022.i, label %B1680.i

B1022.i:                                          ; preds = %B878.i
  %1 = add i64 %key.3.2.i, 1663341875487337577
  %.45.i.i.i = icmp sgt i64 %path.3.2.i, 6
  %.98.i.i.i = getelementptr double, ptr %a9, i64 %path.3.2.i
  %.141.i.i.i = getelementptr double, ptr %a10, i64 %path.3.2.i
  br label %B70.i.i

B70.i.i:                                          ; preds = %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i, %B1022.i
  %.125.0.i.i = phi i64 [ 4, %B1022.i ], [ %.189.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i ]
  %.122.0.i.i = phi i64 [ 0, %B1022.i ], [ %.193.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i ]
  %.180.not.i.i = icmp eq i64 %.125.0.i.i, 0
  br i1 %.180.not.i.i, label %B292.i.i, label %B70.if.i.i

B30.i.i.i:                                        ; preds = %B70.if.i.i
  %.99.i.i.i = load double, ptr %.98.i.i.i, align 8, !noalias !29
  %.142.i.i.i = load double, ptr %.141.i.i.i, align 8, !noalias !29
  %.148.i.i.i = fmul double %.142.i.i.i, %.106.i.i.i
  %.149.i.i.i = fadd double %.99.i.i.i, %.148.i.i.i
  %.150.i.i.i = fptosi double %.149.i.i.i to i64
  %.151.i.i.i = sitofp i64 %.150.i.i.i to double
  %.152.i.i.i = fsub double %.149.i.i.i, %.151.i.i.i
  br label %B174.i.i

B174.i.i:                                         ; preds = %B70.if.i.i, %B30.i.i.i
  %u.2.1.i.i = phi double [ %.35.i.i.i, %B70.if.i.i ], [ %.152.i.i.i, %B30.i.i.i ]
  %.298.i.i = fmul double %u.2.1.i.i, %.297.i.i
  %.301.i.i = fptosi double %.298.i.i to i64
  %invariant.gep.i.i.i = getelementptr float, ptr %a6, i64 %.301.i.i
  br label %B164.if.i.i.i

B164.if.i.i.i:                                    ; preds = %B164.if.i.i.i, %B174.i.i
  %least.2.088.i.i.i = phi float [ 0x7FF0000000000000, %B174.i.i ], [ %.245.least.2.0.i.i.i, %B164.if.i.i.i ]
  %most.2.087.i.i.i = phi float [ 0xFFF0000000000000, %B174.i.i ], [ %"$phi346.1.2.1.i.i.i", %B164.if.i.i.i ]
  %.79.086.i.i.i = phi i64 [ %count.3.2.i, %B174.i.i ], [ %.143.i.i.i, %B164.if.i.i.i ]
  %.76.085.i.i.i = phi i64 [ %start.2.2.i, %B174.i.i ], [ %.147.i.i.i, %B164.if.i.i.i ]
  %.143.i.i.i = add nsw i64 %.79.086.i.i.i, -1
  %.147.i.i.i = add i64 %.76.085.i.i.i, 1
  %.197.i.i.i = getelementptr i64, ptr %a7, i64 %.76.085.i.i.i
  %.198.i.i.i = load i64, ptr %.197.i.i.i, align 8, !noalias !36
  %.240.i.i.i = mul i64 %.198.i.i.i, %a1
  %gep.i.i.i = getelementptr float, ptr %invariant.gep.i.i.i, i64 %.240.i.i.i
  %.245.i.i.i = load float, ptr %gep.i.i.i, align 4, !noalias !36
  %.253.i.i.i = fcmp olt float %.245.i.i.i, %least.2.088.i.i.i
  %.245.least.2.0.i.i.i = select i1 %.253.i.i.i, float %.245.i.i.i, float %least.2.088.i.i.i
  %.276.i.i.i = fcmp ogt float %.245.i.i.i, %most.2.087.i.i.i
  %"$phi346.1.2.1.i.i.i" = select i1 %.276.i.i.i, float %.245.i.i.i, float %most.2.087.i.i.i
  %.134.i.i.i = icmp samesign ugt i64 %.79.086.i.i.i, 1
  br i1 %.134.i.i.i, label %B164.if.i.i.i, label %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i

_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i: ; preds = %B164.if.i.i.i
  %.357.i.i = fcmp olt float %.245.least.2.0.i.i.i, %"$phi346.1.2.1.i.i.i"
  br i1 %.357.i.i, label %B1082.i, label %B70.i.i

B292.i.i:                                         ; preds = %B70.i.i
  br i1 %.564338.not.i.i, label %B1680.i, label %B524.if.lr.ph.i.i

B524.if.lr.ph.i.i:                                ; preds = %B292.i.i
  %.8.i.i.i = add i64 %key.3.2.i, 8709371129873690708
  %.9.i.i.i = lshr i64 %.8.i.i.i, 30
  %.10.i.i.i = xor i64 %.9.i.i.i, %.8.i.i.i
  %.11.i.i.i = mul i64 %.10.i.i.i, -4658895280553007687
  %.12.i.i.i = lshr i64 %.11.i.i.i, 27
  %.13.i.i.i = xor i64 %.12.i.i.i, %.11.i.i.i
  %.14.i.i.i = mul i64 %.13.i.i.i, -7723592293110705685
  %.15.i.i.i = lshr i64 %.14.i.i.i, 31
  %.16.i.i.i = xor i64 %.15.i.i.i, %.14.i.i.i
  %.7.i.i.i = add i64 %.16.i.i.i, -7046029254386353131
  br label %B524.if.i.i

B614.i.i:                                         ; preds = %B524.if.i.i
  %invariant.gep.i309.i.i = getelementptr float, ptr %a6, i64 %.508.0339.i.i
  br label %B164.if.i310.i.i

B164.if.i310.i.i:                                 ; preds = %B164.if.i310.i.i, %B614.i.i
  %least.2.088.i311.i.i = phi float [ 0x7FF0000000000000, %B614.i.i ], [ %.245.least.2.0.i323.i.i, %B164.if.i310.i.i ]
  %most.2.087.i312.i.i = phi float [ 0xFFF0000000000000, %B614.i.i ], [ %"$phi346.1.2.1.i325.i.i", %B164.if.i310.i.i ]
  %.79.086.i313.i.i = phi i64 [ %count.3.2.i, %B614.i.i ], [ %.143.i315.i.i, %B164.if.i310.i.i ]
  %.76.085.i314.i.i = phi i64 [ %start.2.2.i, %B614.i.i ], [ %.147.i316.i.i, %B164.if.i310.i.i ]
  %.143.i315.i.i = add nsw i64 %.79.086.i313.i.i, -1
  %.147.i316.i.i = add i64 %.76.085.i314.i.i, 1
  %.197.i317.i.i = getelementptr i64, ptr %a7, i64 %.76.085.i314.i.i
  %.198.i318.i.i = load i64, ptr %.197.i317.i.i, align 8, !noalias !39
  %.240.i319.i.i = mul i64 %.198.i318.i.i, %a1
  %gep.i320.i.i = getelementptr float, ptr %invariant.gep.i309.i.i, i64 %.240.i319.i.i
  %.245.i321.i.i = load float, ptr %gep.i320.i.i, align 4, !noalias !39
  %.253.i322.i.i = fcmp olt float %.245.i321.i.i, %least.2.088.i311.i.i
  %.245.least.2.0.i323.i.i = select i1 %.253.i322.i.i, float %.245.i321.i.i, float %least.2.088.i311.i.i
  %.276.i324.i.i = fcmp ogt float %.245.i321.i.i, %most.2.087.i312.i.i
  %"$phi346.1.2.1.i325.i.i" = select i1 %.276.i324.i.i, float %.245.i321.i.i, float %most.2.087.i312.i.i
  %.134.i326.i.i = icmp samesign ugt i64 %.79.086.i313.i.i, 1
  br i1 %.134.i326.i.i, label %B164.if.i310.i.i, label %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i

_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i: ; preds = %B164.if.i310.i.i
  %.728.i.i = fcmp olt float %.245.least.2.0.i323.i.i, %"$phi346.1.2.1.i325.i.i"
  br i1 %.728.i.i, label %B670.i.i, label %B692.i.i

B670.i.i:                                         ; preds = %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i
  br label %B692.i.i

B692.i.i:                                         ; preds = %B524.if.i.i, %B670.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i
  %chosen.3.1.i.i = phi i64 [ %.508.0339.i.i, %B670.i.i ], [ %chosen.2.0341.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i ], [ %chosen.2.0341.i.i, %B524.if.i.i ]
  %best.3.1.i.i = phi i64 [ %.648.i.i, %B670.i.i ], [ %best.2.0342.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i ], [ %best.2.0342.i.i, %B524.if.i.i ]
  %high.3.1.i.i = phi float [ %"$phi346.1.2.1.i325.i.i", %B670.i.i ], [ %high.2.0343.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i ], [ %high.2.0343.i.i, %B524.if.i.i ]
  %low.3.1.i.i = phi float [ %.245.least.2.0.i323.i.i, %B670.i.i ], [ %low.2.0344.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit328.i.i ], [ %low.2.0344.i.i, %B524.if.i.i ]
  %.564.i.i = icmp samesign ugt i64 %.511.0340.i.i, 1
  br i1 %.564.i.i, label %B524.if.i.i, label %B1082.i

B70.if.i.i:                                       ; preds = %B70.i.i
  %.189.i.i = add nsw i64 %.125.0.i.i, -1
  %.193.i.i = add nuw nsw i64 %.122.0.i.i, 1
  %2 = mul i64 %.122.0.i.i, -7046029254386353131
  %.8.i.i.i.i = add i64 %1, %2
  %.9.i.i.i.i = lshr i64 %.8.i.i.i.i, 30
  %.10.i.i.i.i = xor i64 %.9.i.i.i.i, %.8.i.i.i.i
  %.11.i.i.i.i = mul i64 %.10.i.i.i.i, -4658895280553007687
  %.12.i.i.i.i = lshr i64 %.11.i.i.i.i, 27
  %.13.i.i.i.i = xor i64 %.12.i.i.i.i, %.11.i.i.i.i
  %.14.i.i.i.i = mul i64 %.13.i.i.i.i, -7723592293110705685
  %3 = lshr i64 %.14.i.i.i.i, 42
  %4 = lshr i64 %.14.i.i.i.i, 11
  %.33.i.i.i = xor i64 %3, %4
  %.34.i.i.i = uitofp nneg i64 %.33.i.i.i to double
  %.35.i.i.i = fmul double %.34.i.i.i, 0x3CA0000000000000
  %.252.i.i = icmp ne i64 %.122.0.i.i, 0
  %or.cond.i.i = select i1 %.252.i.i, i1 true, i1 %.45.i.i.i
  br i1 %or.cond.i.i, label %B174.i.i, label %B30.i.i.i

B524.if.i.i:                                      ; preds = %B692.i.i, %B524.if.lr.ph.i.i
  %low.2.0344.i.i = phi float [ 0.000000e+00, %B524.if.lr.ph.i.i ], [ %low.3.1.i.i, %B692.i.i ]
  %high.2.0343.i.i = phi float [ 0.000000e+00, %B524.if.lr.ph.i.i ], [ %high.3.1.i.i, %B692.i.i ]
  %best.2.0342.i.i = phi i64 [ 0, %B524.if.lr.ph.i.i ], [ %best.3.1.i.i, %B692.i.i ]
  %chosen.2.0341.i.i = phi i64 [ -1, %B524.if.lr.ph.i.i ], [ %chosen.3.1.i.i, %B692.i.i ]
  %.511.0340.i.i = phi i64 [ %a1, %B524.if.lr.ph.i.i ], [ %.573.i.i, %B692.i.i ]
  %.508.0339.i.i = phi i64 [ 0, %B524.if.lr.ph.i.i ], [ %.577.i.i, %B692.i.i ]
  %.573.i.i = add nsw i64 %.511.0340.i.i, -1
  %.577.i.i = add nuw nsw i64 %.508.0339.i.i, 1
  %5 = mul i64 %.508.0339.i.i, -7046029254386353131
  %.8.i329.i.i = add i64 %.7.i.i.i, %5
  %.9.i330.i.i = lshr i64 %.8.i329.i.i, 30
  %.10.i331.i.i = xor i64 %.9.i330.i.i, %.8.i329.i.i
  %.11.i332.i.i = mul i64 %.10.i331.i.i, -4658895280553007687
  %.12.i333.i.i = lshr i64 %.11.i332.i.i, 27
  %.13.i334.i.i = xor i64 %.12.i333.i.i, %.11.i332.i.i
  %.14.i335.i.i = mul i64 %.13.i334.i.i, -7723592293110705685
  %.15.i336.i.i = lshr i64 %.14.i335.i.i, 31
  %.16.i337.i.i = xor i64 %.15.i336.i.i, %.14.i335.i.i
  %.648.i.i = or i64 %.16.i337.i.i, 1
  %.654.i.i = icmp ugt i64 %.648.i.i, %best.2.0342.i.i
  br i1 %.654.i.i, label %B614.i.i, label %B692.i.i

B1082.i:                                          ; preds = %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i, %B692.i.i
  %high.2.3.i = phi float [ %high.3.1.i.i, %B692.i.i ], [ %"$phi346.1.2.1.i.i.i", %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i ]
  %low.2.3.i = phi float [ %low.3.1.i.i, %B692.i.i ], [ %.245.least.2.0.i.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i ]
  %column.2.3.i = phi i64 [ %chosen.3.1.i.i, %B692.i.i ], [ %.301.i.i, %_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx.exit.i.i ]
  %.1150.i = icmp sgt i64 %column.2.3.i, -1
  br i1 %.1150.i, label %B1096.i, label %B1680.i

B1096.i:                                          ; preds = %B1082.i
  %.8.i.i1204.i = add i64 %key.3.2.i, -2691343689449507777
  %.9.i.i1205.i = lshr i64 %.8.i.i1204.i, 30
  %.10.i.i1206.i = xor i64 %.9.i.i1205.i, %.8.i.i1204.i
  %.11.i.i1207.i = mul i64 %.10.i.i1206.i, -4658895280553007687
  %.12.i.i1208.i = lshr i64 %.11.i.i1207.i, 27
  %.13.i.i1209.i = xor i64 %.12.i.i1208.i, %.11.i.i1207.i
  %.14.i.i1210.i = mul i64 %.13.i.i1209.i, -7723592293110705685
  %6 = lshr i64 %.14.i.i1210.i, 42
  %7 = lshr i64 %.14.i.i1210.i, 11
  %.33.i.i = xor i64 %6, %7
  %.34.i.i = uitofp nneg i64 %.33.i.i to double
  %.35.i.i = fmul double %.34.i.i, 0x3CA0000000000000
  br i1 %.45.i.i.i, label %_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29.exit.i, label %B30.i.i

B30.i.i:                                          ; preds = %B1096.i
  %.72.i.i = add nsw i64 %path.3.2.i, 7
  %.98.i.i = getelementptr double, ptr %a9, i64 %.72.i.i
  %.99.i.i = load double, ptr %.98.i.i, align 8, !noalias !42
  %.141.i.i = getelementptr double, ptr %a10, i64 %.72.i.i
  %.142.i.i = load double, ptr %.141.i.i, align 8, !noalias !42
  %.148.i.i = fmul double %.142.i.i, %.106.i.i.i
  %.149.i.i = fadd double %.99.i.i, %.148.i.i
  %.150.i.i = fptosi double %.149.i.i to i64
  %.151.i.i = sitofp i64 %.150.i.i to double
  %.152.i.i = fsub double %.149.i.i, %.151.i.i
  br label %_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29.exit.i

_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29.exit.i: ; preds = %B30.i.i, %B1096.i
  %storemerge.i.i = phi double [ %.152.i.i, %B30.i.i ], [ %.35.i.i, %B1096.i ]
  %.12.i.i = fpext float %low.2.3.i to double
  %.14.i.i = fpext float %high.2.3.i to double
  %.17.i.i = fsub double %.14.i.i, %.12.i.i
  %.18.i.i = fmul double %.17.i.i, %storemerge.i.i
  %.19.i.i = fadd double %.18.i.i, %.12.i.i
  %.20.i.i = fptrunc double %.19.i.i to float
  %.29.i.i = fpext float %.20.i.i to double
  %.30.i.i = fcmp olt double %.19.i.i, %.29.i.i
  br i1 %.30.i.i, label %B222.i.i, label %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i

B222.i.i:                                         ; preds = %_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29.exit.i
  %8 = bitcast float %.20.i.i to i32
  %.67.i.i = fcmp oeq float %.20.i.i, 0.000000e+00
  %.81.i.i = fcmp ogt double %.19.i.i, 0x3690000000000000
  %"$phi476.0.2.0.v.i.i" = select i1 %.81.i.i, i32 -1, i32 1
  %"$phi476.0.2.0.i.i" = add i32 %"$phi476.0.2.0.v.i.i", %8
  %9 = bitcast i32 %"$phi476.0.2.0.i.i" to float
  %10 = select i1 %.67.i.i, float 0xB6A0000000000000, float %9
  br label %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i

_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i: ; preds = %B222.i.i, %_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29.exit.i
  %near.2.0.i.i = phi float [ %10, %B222.i.i ], [ %.20.i.i, %_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29.exit.i ]
  %.144.i.i = fcmp ult float %near.2.0.i.i, %high.2.3.i
  %near.2.0.arg.low.i.i = select i1 %.144.i.i, float %near.2.0.i.i, float %low.2.3.i
  %invariant.gep.i.i = getelementptr float, ptr %a6, i64 %column.2.3.i
  br label %B52.if.i.i

B304.if.preheader.i.i:                            ; preds = %B52.if.i.i
  %11 = shl nuw nsw i64 %.286.i.i, 1
  %.307.i.i = sub nsw i64 %count.3.2.i, %.293.i.i
  %.310.i.i = icmp sgt i64 %11, %.307.i.i
  br label %B304.if.i.i

B632.preheader.i.i:                               ; preds = %B304.if.i.i
  %.693288.not.i.i = icmp eq i64 %.592.i.i, 0
  br i1 %.693288.not.i.i, label %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i, label %B632.if.lr.ph.i.i

B632.if.lr.ph.i.i:                                ; preds = %B632.preheader.i.i
  %12 = getelementptr i64, ptr %a7, i64 %.586.i.i
  %13 = shl nuw i64 %.592.i.i, 3
  tail call void @llvm.memcpy.p0.p0.i64(ptr align 8 %12, ptr nonnull align 8 %a17, i64 %13, i1 false), !noalias !45
  br label %_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i

B52.if.i.i:                                       ; preds = %B52.if.i.i, %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i
  %missing.2.0277.i.i = phi i64 [ %.293.i.i, %B52.if.i.i ], [ 0, %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i ]
  %right.2.0276.i.i = phi i64 [ %.286.i.i, %B52.if.i.i ], [ 0, %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i ]
  %.112.0275.i.i = phi i64 [ %.176.i.i, %B52.if.i.i ], [ %count.3.2.i, %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i ]
  %.109.0274.i.i = phi i64 [ %.180.i.i, %B52.if.i.i ], [ %start.2.2.i, %_ZN6models6forest7growing8_betweenB3v40B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEffd.exit.i ]
  %.176.i.i = add nsw i64 %.112.0275.i.i, -1
  %.180.i.i = add i64 %.109.0274.i.i, 1
  %.230.i.i = getelementptr i64, ptr %a7, i64 %.109.0274.i.i
  %.231.i.i = load i64, ptr %.230.i.i, align 8, !noalias !45
  %.273.i.i = mul i64 %.231.i.i, %a1
  %gep.i.i = getelementptr float, ptr %invariant.gep.i.i, i64 %.273.i.i
  %.278.i.i = load float, ptr %gep.i.i, align 4, !noalias !45
  %.282.i.i = fcmp ogt float %.278.i.i, %near.2.0.arg.low.i.i
  %.285.i.i = zext i1 %.282.i.i to i64
  %.286.i.i = add nuw nsw i64 %right.2.0276.i.i, %.285.i.i
  %.289.i.i = fcmp uno float %.278.i.i, 0.000000e+00
  %.292.i.i = zext i1 %.289.i.i to i64
  %.293.i.i = add nuw nsw i64 %missing.2.0277.i.i, %.292.i.i
  %.167.i.i = icmp samesign ugt i64 %.112.0275.i.i, 1
  br i1 %.167.i.i, label %B52.if.i.i, label %B304.if.preheader.i.i

B304.if.i.i:                                      ; preds = %B304.if.i.i, %B304.if.preheader.i.i
  %left.2.0285.i.i = phi i64 [ %.586.i.i, %B304.if.i.i ], [ %start.2.2.i, %B304.if.preheader.i.i ]
  %moved.2.0284.i.i = phi i64 [ %.592.i.i, %B304.if.i.i ], [ 0, %B304.if.preheader.i.i ]
  %.353.0283.i.i = phi i64 [ %.415.i.i, %B304.if.i.i ], [ %count.3.2.i, %B304.if.preheader.i.i ]
  %.350.0282.i.i = phi i64 [ %.419.i.i, %B304.if.i.i ], [ %start.2.2.i, %B304.if.preheader.i.i ]
  %.415.i.i = add nsw i64 %.353.0283.i.i, -1
  %.419.i.i = add i64 %.350.0282.i.i, 1
  %.469.i.i = getelementptr i64, ptr %a7, i64 %.350.0282.i.i
  %.470.i.i = load i64, ptr %.469.i.i, align 8, !noalias !45
  %.512.i.i = mul i64 %.470.i.i, %a1
  %gep280.i.i = getelementptr float, ptr %invariant.gep.i.i, i64 %.512.i.i
  %.517.i.i = load float, ptr %gep280.i.i, align 4, !noalias !45
  %.521.i.i = fcmp ogt float %.517.i.i, %near.2.0.arg.low.i.i
  %.522.i.i = fcmp uno float %.517.i.i, 0.000000e+00
  %.524.i.i = and i1 %.310.i.i, %.522.i.i
  %.525.i.i = or i1 %.521.i.i, %.524.i.i
  %.552.i.i = getelementptr i64, ptr %a7, i64 %left.2.0285.i.i
  store i64 %.470.i.i, ptr %.552.i.i, align 8, !noalias !45
  %.580.i.i = getelementptr i64, ptr %a17, i64 %moved.2.0284.i.i
  store i64 %.470.i.i, ptr %.580.i.i, align 8, !noalias !45
  %.582.i.i = xor i1 %.525.i.i, true
  %.585.i.i = zext i1 %.582.i.i to i64
  %.586.i.i = add nsw i64 %left.2.0285.i.i, %.585.i.i
  %.591.i.i = zext i1 %.525.i.i to i64
  %.592.i.i = add nuw nsw i64 %moved.2.0284.i.i, %.591.i.i
  %.406.i.i = icmp samesign ugt i64 %.353.0283.i.i, 1
  br i1 %.406.i.i, label %B304.if.i.i, label %B632.preheader.i.i

_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf.exit.i: ; preds = %B632.if.lr.ph.i.i, %B632.preheader.i.i
  %.804.i.i = sub nsw i64 %.586.i.i, %start.2.2.i
  %.814.i.i = zext i1 %.310.i.i to i8
  %.1329.i = getelementptr i32, ptr %a12, i64 %node.2.1.i
  %.1330.i = trunc i64 %column.2.3.i to i32
  store i32 %.1330.i, ptr %.1329.i, align 4, !noalias !48
  %.1360.i = getelementptr float, ptr %a13, i64 %node.2.1.i
  store float %near.2.0.arg.low.i.i, ptr %.1360.i, align 4, !noalias !48
  %.1388.i = getelementptr i8, ptr %a14, i64 %node.2.1.i
  store i8 %.814.i.i, ptr %.1388.i, align 1, !noalias !48
  %.1392.i = add nsw i64 %depth.3.2.i, 1
  %.1434.idx.i = mul i64 %wait.3.2.i, 48
  %.1434.i = getelementptr i8, ptr %a18, i64 %.1434.idx.i
  %.1471.i = sub nsw i64 %count.3.2.i, %.804.i.i
  store i64 %.586.i.i, ptr %.1434.i, align 8, !noalias !48
  %.1530.i = getelementptr i8, ptr %.1434.i, i64 8
  store i64 %.1471.i, ptr %.1530.i, align 8, !noalias !48
  %.1559.i = getelementptr i8, ptr %.1434.i, i64 16
  store i64 %.1392.i, ptr %.1559.i, align 8, !noalias !48
  %.1562.i = shl nsw i64 %path.3.2.i, 1
  %14 = tail call i64 @llvm.smin.i64(i64 %.1562.i, i64 5)
  %.13.i.i = add nsw i64 %14, 2
  %.1619.i = getelementptr i8, ptr %.1434.i, i64 24
  store i64 %.13.i.i, ptr %.1619.i, align 8, !noalias !48
  %.1649.i = getelementptr i8, ptr %.1434.i, i64 32
  store i64 %node.2.1.i, ptr %.1649.i, align 8, !noalias !48
  %.1679.i = getelementptr i8, ptr %.1434.i, i64 40
  store i64 %leaf.3.2.i, ptr %.1679.i, align 8, !noalias !48
  %.8.i.i = add i64 %key.3.2.i, 4354685564936845354
  %.9.i.i = lshr i64 %.8.i.i, 30
  %.10.i.i = xor i64 %.9.i.i, %.8.i.i
  %.11.i.i = mul i64 %.10.i.i, -4658895280553007687
  %.12.i1212.i = lshr i64 %.11.i.i, 27
  %.13.i1213.i = xor i64 %.12.i1212.i, %.11.i.i
  %.14.i1214.i = mul i64 %.13.i1213.i, -7723592293110705685
  %.15.i.i = lshr i64 %.14.i1214.i, 31
  %.16.i1215.i = xor i64 %.15.i.i, %.14.i1214.i
  %.1738.i = getelementptr i64, ptr %a19, i64 %wait.3.2.i
  store i64 %.16.i1215.i, ptr %.1738.i, align 8, !noalias !48
  %.1741.i = add i64 %wait.3.2.i, 1
  %.1747.i = add i64 %node.2.1.i, 1
  %.1754.i = or disjoint i64 %.1562.i, 1
  %.13.i1216.i = tail call i64 @llvm.smin.i64(i64 range(i64 -9223372036854775807, -9223372036854775808) %.1754.i, i64 7)
  %.8.i1217.i = add i64 %key.3.2.i, -7046029254386353131
  %.9.i1218.i = lshr i64 %.8.i1217.i, 30
  %.10.i1219.i = xor i64 %.9.i1218.i, %.8.i1217.i
  %.11.i1220.i = mul i64 %.10.i1219.i, -4658895280553007687
  %.12.i1221.i = lshr i64 %.11.i1220.i, 27
  %.13.i1222.i = xor i64 %.12.i1221.i, %.11.i1220.i
  %.14.i1223.i = mul i64 %.13.i1222.i, -7723592293110705685
  %.15.i1224.i = lshr i64 %.14.i1223.i, 31
  %.16.i1225.i = xor i64 %.15.i1224.i, %.14.i1223.i
  br label %B876.i

B1680.i:                                          ; preds = %B1082.i, %B292.i.i, %B878.i
  %.1859.i = getelementptr i64, ptr %a16, i64 %leaf.3.2.i
  store i64 %count.3.2.i, ptr %.1859.i, align 8, !noalias !48
  %.1864.i = add i64 %leaf.3.2.i, 1
  %.1873.i = icmp eq i64 %wait.3.2.i, 0
  br i1 %.1873.i, label %B1748.i, label %B1750.i

B1748.i:                                          ; preds = %B1680.i
  %.884.i = add nsw i64 %.821.01239.i, -1
  %.888.i = add nuw nsw i64 %.818.01240.i, 1
  %.2240.i = sub i64 %.1864.i, %leaf.2.01241.i
  %15 = getelementptr i64, ptr %a11, i64 %.818.01240.i
  store i64 %.2240.i, ptr %15, align 8, !noalias !48
  %.875.i = icmp sgt i64 %.821.01239.i, 1
  br i1 %.875.i, label %B784.if.i, label %_ZN6models6forest7growing4growB3v27B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxxx10float32_2a8int64_2a9uint64_2a10float64_2a10float64_2a8int64_2a8int32_2a10float32_2a7bool_2a8int32_2a8int64_2a8int64_2a8int64_2a9uint64_2a.exit

B1750.i:                                          ; preds = %B1680.i
  %.1882.i = add i64 %wait.3.2.i, -1
  %.1921.idx.i = mul i64 %.1882.i, 48
  %.1921.i = getelementptr i8, ptr %a18, i64 %.1921.idx.i
  %.1978.i = getelementptr i64, ptr %a19, i64 %.1882.i
  %.1979.i = load i64, ptr %.1978.i, align 8, !noalias !48
  %.2016.i = load i64, ptr %.1921.i, align 8, !noalias !48
  %.2044.i = getelementptr i8, ptr %.1921.i, i64 8
  %.2045.i = load i64, ptr %.2044.i, align 8, !noalias !48
  %.2073.i = getelementptr i8, ptr %.1921.i, i64 16
  %.2074.i = load i64, ptr %.2073.i, align 8, !noalias !48
  %.2102.i = getelementptr i8, ptr %.1921.i, i64 24
  %.2103.i = load i64, ptr %.2102.i, align 8, !noalias !48
  %.2166.i = getelementptr i8, ptr %.1921.i, i64 40
  %.2167.i = load i64, ptr %.2166.i, align 8, !noalias !48
  %.2168.i = sub nsw i64 %.1864.i, %.2167.i
  %.2196.i = getelementptr i8, ptr %.1921.i, i64 32
  %.2197.i = load i64, ptr %.2196.i, align 8, !noalias !48
  %.2226.i = getelementptr i32, ptr %a15, i64 %.2197.i
  %.2227.i = trunc i64 %.2168.i to i32
  store i32 %.2227.i, ptr %.2226.i, align 4, !noalias !48
  br label %B878.i

B784.if.i:                                        ; preds = %B1748.i, %B784.if.lr.ph.i
  %node.3.01242.i = phi i64 [ 0, %B784.if.lr.ph.i ], [ %node.2.1.i, %B1748.i ]
  %leaf.2.01241.i = phi i64 [ 0, %B784.if.lr.ph.i ], [ %.1864.i, %B1748.i ]
  %.818.01240.i = phi i64 [ 0, %B784.if.lr.ph.i ], [ %.888.i, %B1748.i ]
  %.821.01239.i = phi i64 [ %a2, %B784.if.lr.ph.i ], [ %.884.i, %B1748.i ]
  %.934.i = mul nsw i64 %.818.01240.i, %a4
  %16 = getelementptr i64, ptr %a8, i64 %.818.01240.i
  %.965.i = load i64, ptr %16, align 8, !noalias !48
  %.1087.i = add nsw i64 %.818.01240.i, %a3
  %.106.i.i.i = sitofp i64 %.1087.i to double
  br label %B876.i

_ZN6models6forest7growing4growB3v27B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxxx10float32_2a8int64_2a9uint64_2a10float64_2a10float64_2a8int64_2a8int32_2a10float32_2a7bool_2a8int32_2a8int64_2a8int64_2a8int64_2a9uint64_2a.exit: ; preds = %B1748.i, %0
  ret void
}

declare i64 @llvm.smin.i64(i64, i64)

declare i64 @llvm.smax.i64(i64, i64)

declare void @llvm.memset.p0.i64(ptr writeonly, i8, i64, i1 immarg)

declare void @llvm.memcpy.p0.p0.i64(ptr noalias writeonly, ptr noalias readonly, i64, i1 immarg)

!0 = !{!1}
!1 = distinct !{!1, !2, !"_ZN6models6forest8compiled5sweepB2v1B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a7bool_2a10float32_2a8int64_2a8int32_2a8uint8_2a8uint8_2a8uint8_2a8int32_2a10float32_2a9uint32_2a8uint8_2a8int64_2a8uint8_2a: %retptr"}
!2 = distinct !{!2}
!3 = !{!4, !1}
!4 = distinct !{!4, !5, !"_ZN6models6forest8compiled5_rankB3v12B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedExxib5ArrayIfLi1E1C7mutable7alignedE5ArrayIfLi1E1C7mutable7alignedE5ArrayIjLi1E1C7mutable7alignedE5ArrayIhLi1E1C7mutable7alignedE: %retptr"}
!5 = distinct !{!5}
!6 = !{!7}
!7 = distinct !{!7, !8, !"_ZN6models6forest8compiled7descendB3v13B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxx10float32_2a9uint32_2a10float32_2a9uint32_2a8int32_2a9uint32_2a10float32_2a: %retptr"}
!8 = distinct !{!8}
!9 = !{!"branch_weights", i32 1, i32 99}
!10 = !{!"branch_weights", i32 99, i32 1}
!11 = !{!12}
!12 = distinct !{!12, !13, !"_ZN6models6forest8compiled4walkB3v16B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxx10float32_2a8int32_2a10float32_2a8int32_2a8int32_2a9uint32_2a9uint32_2a: %retptr"}
!13 = distinct !{!13}
!14 = !{!15, !17}
!15 = distinct !{!15, !16, !"_ZN6models6forest8compiled4_addB3v18B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dExxx8int32_2a8int64_2a8int64_2a8int64_2a: %retptr"}
!16 = distinct !{!16}
!17 = distinct !{!17, !18, !"_ZN6models6forest8compiled9add_wholeB3v17B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int64_2a8int64_2a: %retptr"}
!18 = distinct !{!18}
!19 = !{!20, !22}
!20 = distinct !{!20, !21, !"_ZN6models6forest8compiled4_addB3v23B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dExxx8int32_2a8int64_2a8int32_2a8int64_2a: %retptr"}
!21 = distinct !{!21}
!22 = distinct !{!22, !23, !"_ZN6models6forest8compiled10add_narrowB3v22B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a8int32_2a8int64_2a: %retptr"}
!23 = distinct !{!23}
!24 = !{!25, !27}
!25 = distinct !{!25, !26, !"_ZN6models6forest8compiled4_addB3v25B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dExxx8int32_2a8int64_2a10float64_2a10float64_2a: %retptr"}
!26 = distinct !{!26}
!27 = distinct !{!27, !28, !"_ZN6models6forest8compiled9add_floatB3v24B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxx8int32_2a8int64_2a10float64_2a10float64_2a: %retptr"}
!28 = distinct !{!28}
!29 = !{!30, !32, !34}
!30 = distinct !{!30, !31, !"_ZN6models6forest7growing5_evenB3v47B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_280_29: %retptr"}
!31 = distinct !{!31}
!32 = distinct !{!32, !33, !"_ZN6models6forest7growing7_chooseB3v46B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxyxx5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedE: %retptr"}
!33 = distinct !{!33}
!34 = distinct !{!34, !35, !"_ZN6models6forest7growing4growB3v27B58c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAQ4s_2fqErM2IZJFEEM0wQAExxxxxx10float32_2a8int64_2a9uint64_2a10float64_2a10float64_2a8int64_2a8int32_2a10float32_2a7bool_2a8int32_2a8int64_2a8int64_2a8int64_2a9uint64_2a: %retptr"}
!35 = distinct !{!35}
!36 = !{!37, !32, !34}
!37 = distinct !{!37, !38, !"_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx: %retptr"}
!38 = distinct !{!38}
!39 = !{!40, !32, !34}
!40 = distinct !{!40, !41, !"_ZN6models6forest7growing6_rangeB3v35B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxx: %retptr"}
!41 = distinct !{!41}
!42 = !{!43, !34}
!43 = distinct !{!43, !44, !"_ZN6models6forest7growing5_evenB3v48B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dEd5ArrayIdLi1E1C7mutable7alignedE5ArrayIdLi1E1C7mutable7alignedExx23Literal_5bint_5d_287_29: %retptr"}
!44 = distinct !{!44}
!45 = !{!46, !34}
!46 = distinct !{!46, !47, !"_ZN6models6forest7growing5_partB3v43B56c8tJTIeFIjxB2IKSgI4CrvQCk0Z4yRYcWsBAK4JJIqUWsIgmAA_3d_3dE5ArrayIfLi2E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedE5ArrayIxLi1E1C7mutable7alignedExxxf: %retptr"}
!47 = distinct !{!47}
!48 = !{!34}
